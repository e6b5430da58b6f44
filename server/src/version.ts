/** The version of this package, as the manifest has it. */
import { version } from '../../package.json';

export const VERSION: string = version;
