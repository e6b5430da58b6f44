/**
 * The side that computes. As a worker it answers the page's messages; loaded into the page by a script element (where workers do not
 * start) it offers the same over a MessagePort. One bundle for both, so tf.js is shipped once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from './backend.ts';
import type { BackendInfo, FromRunner, ToRunner } from './messages.ts';
import { runNetwork } from './run.ts';
import { setWasmPaths } from './tensorflow.ts';

interface Port {
  postMessage(message: FromRunner): void;
  onmessage: ((event: MessageEvent<ToRunner>) => void) | null;
}

/** Lets the event loop turn, so that a cancel is heard even while a backend computes synchronously. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const serve = (port: Port): void => {
  let backend: BackendInfo | null = null;
  const cancelled = new Set<number>();
  /** One thing at a time: a backend change or a run waits for what is under way. */
  let queue: Promise<void> = Promise.resolve();

  /** The last start that was asked for: one that failed on a busy machine is tried again with the next run. */
  let asked: Extract<ToRunner, { type: 'start' }> | null = null;

  const start = async (request: Extract<ToRunner, { type: 'start' }>): Promise<void> => {
    asked = request;
    const { wasmUrl, backend: wanted } = request;
    // Only the simd build without threads is shipped; threads need a cross-origin isolated page, which a webview is not. Where there is
    // no simd the build does not start and the cpu backend takes over. tf.js wants an address for each.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const builds = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'] as const;
    setWasmPaths(Object.fromEntries(builds.map((build) => [build, wasmUrl])));
    backend = await startBackend(wanted);
    port.postMessage({ type: 'backend', info: backend });
  };

  const run = async ({ id, network, options }: Extract<ToRunner, { type: 'run' }>): Promise<void> => {
    if (backend === null && asked !== null) await start(asked);
    if (backend === null) throw new Error('no backend has started');
    const began = performance.now();
    for await (const event of runNetwork(network, options, backend)) {
      if (cancelled.has(id)) break;
      port.postMessage({ type: 'event', id, event });
      await turn();
      if (cancelled.has(id)) break;
    }
    port.postMessage({ type: 'done', id, cancelled: cancelled.delete(id), ms: performance.now() - began });
  };

  const enqueue = (id: number | null, task: () => Promise<void>): void => {
    queue = queue.then(task).catch((error) => port.postMessage({ type: 'failed', id, message: message(error) }));
  };

  port.onmessage = ({ data }) => {
    switch (data.type) {
      case 'start':
        return enqueue(null, () => start(data));
      case 'run':
        return enqueue(data.id, () => run(data));
      case 'cancel':
        cancelled.add(data.id);
    }
  };
  port.postMessage({ type: 'alive' });
};

if (typeof document === 'undefined') serve(globalThis as unknown as Port);
else (globalThis as { initlensRunner?: (port: MessagePort) => void }).initlensRunner = (port) => serve(port);
