/** Entry of the extension in the desktop's and the remote's extension host. */
import type { ExtensionContext } from 'vscode';
import { createNodeClient } from './launch.node.ts';
import { start, stop } from './start.ts';

export const activate = (context: ExtensionContext): Promise<void> => start(context, createNodeClient);

export const deactivate = stop;
