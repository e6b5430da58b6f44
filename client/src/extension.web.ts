/** Entry of the extension in the browser's extension host. */
import type { ExtensionContext } from 'vscode';
import { createWebClient } from './launch.web.ts';
import { start, stop } from './start.ts';

export const activate = (context: ExtensionContext): Promise<void> => start(context, createWebClient);

export const deactivate = stop;
