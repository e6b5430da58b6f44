/**
 * Draws on the device: one tf.js kernel per backend that fills a tensor from a counter-based generator (random.ts). WebGPU and WebGL 2
 * hash in 32-bit integers in the shader; wasm and cpu, and WebGL 1 which has no integers, run the same arithmetic here.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Draw, drawValues, polynomial } from './random.ts';

const KERNEL = 'InitLensDraw';

interface Attributes {
  readonly size: number;
  readonly draw: Draw;
}

const { central, tail } = polynomial();

/** Unsigned integers reach a shader in 16-bit halves: uniforms travel as float32 or int32. */
const halves = ({ a, b }: Draw['stream']): readonly number[] => [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];

interface WebglBackend {
  runWebGLProgram(program: object, inputs: [], dtype: 'float32', uniforms: number[][]): tf.TensorInfo;
}

const glsl = (size: number, normal: boolean) => ({
  variableNames: [],
  outputShape: [size],
  customUniforms: [
    { name: 'streamA', type: 'ivec2' },
    { name: 'streamB', type: 'ivec2' },
    { name: 'range', type: 'vec2' },
  ],
  userCode: `
    uint pcg(uint v) {
      uint state = v * 747796405u + 2891336453u;
      uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
      return (word >> 22u) ^ word;
    }
    float inverseErf(float x) {
      float w = -log((1.0 - x) * (1.0 + x));
      if (w < 5.0) { float t = w - 2.5; return (${central}) * x; }
      float t = sqrt(w) - 3.0;
      return (${tail}) * x;
    }
    void main() {
      uint index = uint(getOutputCoords());
      uint a = (uint(streamA.x) << 16u) | uint(streamA.y);
      uint b = (uint(streamB.x) << 16u) | uint(streamB.y);
      float u = (float(pcg(pcg(index ^ a) + b) >> 8u) + 0.5) / 16777216.0;
      float v = range.x + (range.y - range.x) * u;
      setOutput(${normal ? '1.41421356 * inverseErf(clamp(v, -0.99999994, 0.99999994))' : 'v'});
    }`,
});

const drawWebgl = (backend: WebglBackend, { size, draw }: Attributes): tf.TensorInfo => {
  const [a1 = 0, a0 = 0, b1 = 0, b0 = 0] = halves(draw.stream);
  return backend.runWebGLProgram(glsl(size, draw.normal), [], 'float32', [
    [a1, a0],
    [b1, b0],
    [draw.low, draw.high],
  ]);
};

interface WebgpuBackend {
  runWebGPUProgram(program: object, inputs: [], dtype: 'float32', uniforms: { type: string; data: readonly number[] }[]): tf.TensorInfo;
}

const WORKGROUP = 64;

const wgsl = (size: number, normal: boolean) => ({
  variableNames: [],
  outputShape: [size],
  shaderKey: `${KERNEL}_${normal}`,
  uniforms: 'a1 : i32, a0 : i32, b1 : i32, b0 : i32, low : f32, high : f32,',
  workgroupSize: [WORKGROUP, 1, 1],
  dispatchLayout: { x: [0] },
  dispatch: [Math.ceil(size / WORKGROUP), 1, 1],
  size: true,
  getUserCode: () => `
    fn pcg(v : u32) -> u32 {
      let state = v * 747796405u + 2891336453u;
      let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
      return (word >> 22u) ^ word;
    }
    fn inverseErf(x : f32) -> f32 {
      let w = -log((1.0 - x) * (1.0 + x));
      if (w < 5.0) { let t = w - 2.5; return (${central}) * x; }
      let t = sqrt(w) - 3.0;
      return (${tail}) * x;
    }
    fn main(index : i32) {
      if (index < uniforms.size) {
        let a = (u32(uniforms.a1) << 16u) | u32(uniforms.a0);
        let b = (u32(uniforms.b1) << 16u) | u32(uniforms.b0);
        let u = (f32(pcg(pcg(u32(index) ^ a) + b) >> 8u) + 0.5) / 16777216.0;
        let v = uniforms.low + (uniforms.high - uniforms.low) * u;
        setOutputAtIndex(index, ${normal ? '1.41421356 * inverseErf(clamp(v, -0.99999994, 0.99999994))' : 'v'});
      }
    }`,
});

const drawWebgpu = (backend: WebgpuBackend, { size, draw }: Attributes): tf.TensorInfo => {
  const int = (value: number) => ({ type: 'int32', data: [value] });
  const float = (value: number) => ({ type: 'float32', data: [value] });
  return backend.runWebGPUProgram(wgsl(size, draw.normal), [], 'float32', [
    ...halves(draw.stream).map(int),
    float(draw.low),
    float(draw.high),
  ]);
};

const register = (backendName: string, kernel: (backend: never, attributes: Attributes) => tf.TensorInfo): void => {
  tf.registerKernel({
    kernelName: KERNEL,
    backendName,
    kernelFunc: ({ backend, attrs }) => kernel(backend as never, attrs as unknown as Attributes),
  });
};

register('webgpu', drawWebgpu);
register('webgl', drawWebgl);

const hasShaderKernel = (): boolean => {
  const backend = tf.getBackend();
  return backend === 'webgpu' || (backend === 'webgl' && tf.env().getNumber('WEBGL_VERSION') === 2);
};

/** A tensor of draws. */
export const draw = (shape: readonly number[], d: Draw): tf.Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size === 0 || !hasShaderKernel()) return tf.tensor(drawValues(d, size), [...shape], 'float32');
  const attributes = { size, draw: d } as unknown as tf.NamedAttrMap;
  const flat = tf.engine().runKernel(KERNEL, {}, attributes) as tf.Tensor;
  return tf.tidy(() => tf.reshape(flat, [...shape]));
};
