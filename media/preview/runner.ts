/**
 * The page's connection to the code that computes: a worker; where none answers within three seconds, the same bundle in this page.
 * A worker in a webview must come from a blob, since its own address is of another origin.
 */

import type { NetworkDto } from '../../server/src/protocol.ts';
import type { BackendName, FromRunner, RunOptions, ToRunner } from './messages.ts';

const ANSWER_MS = 3000;
/** After this long without an answer to a cancel the worker is ended and started anew. */
const CANCEL_MS = 1500;

export interface Runner {
  readonly start: (backend: BackendName | 'auto') => void;
  readonly run: (network: NetworkDto, options: RunOptions) => number;
  readonly cancel: () => void;
}

export interface Addresses {
  readonly worker: string;
  readonly wasm: string;
  readonly nonce: string;
}

interface Connection {
  readonly post: (message: ToRunner) => void;
  /** Ends it at once; null where it runs in this page and cannot be ended. */
  readonly end: (() => void) | null;
}

type Listener = (message: FromRunner) => void;

const inWorker = async (address: string, listen: Listener): Promise<Connection> => {
  const code = await (await fetch(address)).blob();
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const alive = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the worker did not answer')), ANSWER_MS);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }: MessageEvent<FromRunner>) => {
      clearTimeout(timer);
      if (data.type === 'alive') resolve();
      else listen(data);
    };
  });
  try {
    await alive;
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
  return { post: (message) => worker.postMessage(message), end: () => worker.terminate() };
};

const inPage = async ({ worker, nonce }: Addresses, listen: Listener): Promise<Connection> => {
  const script = document.createElement('script');
  script.nonce = nonce;
  script.src = worker;
  const loaded = new Promise<void>((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => reject(new Error('the preview could not load its code'));
  });
  document.head.append(script);
  await loaded;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<FromRunner>) => listen(data);
  (globalThis as unknown as { initlensRunner: (port: MessagePort) => void }).initlensRunner(port2);
  return { post: (message) => port1.postMessage(message), end: null };
};

/**
 * An address for the wasm that a worker can read. The page fetches the bytes: a webview's resources are served by a service worker that
 * answers the page and not a worker made from a blob, whose own fetch would wait for ever.
 */
const readableWasm = async (address: string): Promise<string> => {
  try {
    const bytes = await (await fetch(address)).arrayBuffer();
    return URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
  } catch {
    return address;
  }
};

export const makeRunner = (addresses: Addresses, listen: Listener): Runner => {
  let backend: BackendName | 'auto' = 'auto';
  let connection: Promise<Connection> = connect();
  let current = 0;
  let done = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function heard(message: FromRunner): void {
    if ((message.type === 'done' || message.type === 'failed') && message.id !== null) {
      done = Math.max(done, message.id);
      if (message.id === current) clearTimeout(timer);
    }
    listen(message);
  }

  function connect(): Promise<Connection> {
    return inWorker(addresses.worker, heard).catch(() => inPage(addresses, heard));
  }

  const wasm = readableWasm(addresses.wasm);
  /** Messages arrive in the order they were sent, also where one has to wait for what it carries. */
  let order: Promise<void> = Promise.resolve();

  const post = (message: ToRunner | Promise<ToRunner>): void => {
    order = order
      .then(async () => (await connection).post(await message))
      .catch((error: unknown) => listen({ type: 'failed', id: null, message: String(error) }));
  };

  const start = (wanted: BackendName | 'auto'): void => {
    backend = wanted;
    post(wasm.then((wasmUrl) => ({ type: 'start', wasmUrl, backend: wanted })));
  };

  /** A backend that computes one long op does not hear; the worker is replaced. */
  const replace = async (id: number): Promise<void> => {
    const old = await connection;
    if (old.end === null || done >= id) return;
    old.end();
    done = id;
    connection = connect();
    start(backend);
    listen({ type: 'done', id, cancelled: true, ms: 0 });
  };

  return {
    start,
    run: (network, options) => {
      current += 1;
      post({ type: 'run', id: current, network, options });
      return current;
    },
    cancel: () => {
      const id = current;
      if (done >= id) return;
      post({ type: 'cancel', id });
      clearTimeout(timer);
      timer = setTimeout(() => void replace(id), CANCEL_MS);
    },
  };
};
