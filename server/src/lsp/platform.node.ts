/** The server's surroundings in a Node process. */
import { VERSION } from '../version.ts';
import { nodeAnalyzer } from '../workspace/analyzer.node.ts';
import { nodeHost } from '../workspace/host.node.ts';
import type { Platform } from './platform.ts';

export const nodePlatform: Platform = { version: VERSION, host: nodeHost, analyzer: nodeAnalyzer };
