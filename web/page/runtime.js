// ONNX Runtime Web, from this folder.

const FOLDER = 'vendor/onnxruntime-web/'

export async function openRuntime(here) {
  const folder = new URL(FOLDER, here)
  const ort = await import(new URL('ort.wasm.min.mjs', folder).href)
  ort.env.wasm.wasmPaths = folder.href
  ort.env.wasm.numThreads = crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1
  ort.env.logLevel = 'error'
  return {
    session: (bytes) => ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' }),
    tensor: (type, data, shape) => new ort.Tensor(type, data, shape),
  }
}
