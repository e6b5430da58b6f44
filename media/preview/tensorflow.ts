/** The one place where tf.js and its four backends are bundled; importing a backend registers its kernels. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
// Without this import tf.js knows no derivative at all.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
