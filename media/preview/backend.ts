/**
 * Chooses what computes: WebGPU → WebGL → wasm → cpu, but by the adapter and not by a fixed order. A processor that plays a GPU is about
 * ten times slower than wasm (1024³ product: 511 ms on SwiftShader's WebGL, 50 ms in wasm), so such an adapter is used only when it
 * is asked for or wins the self-measurement.
 */
import * as tf from '@tensorflow/tfjs-core';
import { BACKENDS, type BackendInfo, type BackendName } from './messages.ts';

/** wasm waits forever where the content security policy forbids what it needs. */
const START_TIMEOUT_MS = 15_000;
const PROBE_SIZE = 256;
/** A GPU takes a few milliseconds for the probe; slower ones are compared with wasm, for some adapters hide their names. */
const SLOW_MS = 40;

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|warp\b|lavapipe/i;
const isSoftwareName = (name: string): boolean => SOFTWARE.test(name);

interface Adapter {
  readonly name: string;
  readonly software: boolean;
}

interface GpuAdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}
interface GpuAdapter {
  readonly info?: GpuAdapterInfo;
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(options?: object): Promise<GpuAdapter | null>;
}

const gpuAdapter = async (): Promise<Adapter | string> => {
  const gpu = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (gpu === undefined) return 'this editor has no WebGPU';
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return 'no WebGPU adapter';
  const info = adapter.info ?? {};
  const words = [info.description || info.device || '', info.vendor ?? '', info.architecture ?? ''];
  const name = words[0] !== '' ? (words[0] as string) : words.filter((word) => word !== '').join(' ');
  const fallback = adapter.isFallbackAdapter === true || info.isFallbackAdapter === true;
  return { name, software: fallback || isSoftwareName(words.join(' ')) };
};

interface GlContext {
  readonly RENDERER: number;
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
}

/** 'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 …, D3D11)' → 'NVIDIA GeForce RTX 3060' */
export const rendererName = (renderer: string): string => {
  const inner = /^ANGLE \((.*)\)$/.exec(renderer)?.[1] ?? renderer;
  const parts = inner.split(', ');
  const name = parts.length >= 2 ? (parts[1] as string) : inner;
  return name.replace(/ \(?(Direct3D|OpenGL|Vulkan|D3D)[^)]*\)?.*$/, '').trim();
};

/** The context that tf.js itself opened; to be called once its backend runs. */
const webglAdapter = (): Adapter => {
  const { gpgpu } = tf.backend() as unknown as { gpgpu: { gl: GlContext } };
  const extension = gpgpu.gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gpgpu.gl.getParameter(extension === null ? gpgpu.gl.RENDERER : extension.UNMASKED_RENDERER_WEBGL));
  return { name: rendererName(renderer), software: isSoftwareName(renderer) };
};

/** The first error that the GPU has reported; WebGPU computes on with zeros after one, so a figure must not be trusted then. */
let deviceError: string | null = null;

export const takeDeviceError = (): string | null => {
  const error = deviceError;
  deviceError = null;
  return error;
};

interface Device {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: { readonly message: string } }) => void): void;
}

const watchDevice = (): void => {
  const { device } = tf.backend() as unknown as { device: Device };
  device.addEventListener('uncapturederror', ({ error }) => {
    deviceError ??= error.message.split('\n')[0] ?? 'unknown';
  });
};

const withTimeout = <T>(promise: Promise<T>, ms: number, what: string): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not answer in ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** Median duration of a product after a first one that pays for compilation. */
const probe = async (): Promise<number> => {
  const times: number[] = [];
  const a = tf.ones([PROBE_SIZE, PROBE_SIZE]);
  for (let i = 0; i < 4; i++) {
    const start = performance.now();
    const sum = tf.tidy(() => tf.sum(tf.matMul(a, a)));
    await sum.data();
    sum.dispose();
    times.push(performance.now() - start);
  }
  a.dispose();
  const [, ...warm] = times;
  return warm.sort((x, y) => x - y)[1] as number;
};

type Started = { readonly info: Omit<BackendInfo, 'rejected'> } | { readonly why: string };

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const start = async (name: BackendName): Promise<Started> => {
  try {
    const adapter = name === 'webgpu' ? await withTimeout(gpuAdapter(), START_TIMEOUT_MS, 'WebGPU') : { name: '', software: false };
    if (typeof adapter === 'string') return { why: adapter };
    const running = withTimeout(tf.setBackend(name), START_TIMEOUT_MS, name);
    if (!(await running)) return { why: `${name} could not start` };
    await withTimeout(tf.ready(), START_TIMEOUT_MS, name);
    if (name === 'webgpu') watchDevice();
    const { name: adapterName, software } = name === 'webgl' ? webglAdapter() : adapter;
    // What is known to be slow is not measured: compiling for it alone takes seconds.
    const probeMs = name === 'cpu' || software ? null : await withTimeout(probe(), START_TIMEOUT_MS, name);
    return { info: { name, adapter: adapterName, software, probeMs } };
  } catch (error) {
    return { why: message(error) };
  }
};

/**
 * Starts `wanted`, or with 'auto' the first hardware adapter, else the fastest of what is there. A forced backend that does not start
 * falls back to the choice of 'auto', and `rejected` says why.
 */
export const startBackend = async (wanted: BackendName | 'auto'): Promise<BackendInfo> => {
  const rejected: { name: BackendName; why: string }[] = [];
  if (wanted !== 'auto') {
    const forced = await start(wanted);
    if ('info' in forced) return { ...forced.info, rejected };
    rejected.push({ name: wanted, why: forced.why });
  }
  const slow: Omit<BackendInfo, 'rejected'>[] = [];
  for (const name of BACKENDS) {
    if (rejected.some((r) => r.name === name)) continue;
    const attempt = await start(name);
    if ('why' in attempt) {
      rejected.push({ name, why: attempt.why });
      continue;
    }
    const { info } = attempt;
    const gpu = name === 'webgpu' || name === 'webgl';
    if (!gpu || (!info.software && (info.probeMs ?? 0) <= SLOW_MS)) {
      const chosen = [info, ...slow].reduce((a, b) => (expectedMs(b) < expectedMs(a) ? b : a));
      if (tf.getBackend() !== chosen.name) await tf.setBackend(chosen.name);
      return { ...chosen, rejected: [...rejected, ...slow.filter((s) => s !== chosen).map((s) => ({ name: s.name, why: passedOver(s) }))] };
    }
    slow.push(info);
  }
  throw new Error(`No backend started: ${rejected.map((r) => `${r.name} (${r.why})`).join(', ')}`);
};

/** A GPU that the processor plays comes after wasm and before JavaScript. */
const expectedMs = ({ name, probeMs }: Omit<BackendInfo, 'rejected'>): number =>
  probeMs ?? (name === 'cpu' ? Number.POSITIVE_INFINITY : 1e6);

const passedOver = ({ adapter, software, probeMs }: Omit<BackendInfo, 'rejected'>): string =>
  software ? `software adapter (${adapter})` : `slow here: ${Math.round(probeMs ?? 0)} ms for a small product`;
