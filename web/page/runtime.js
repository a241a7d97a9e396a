// ONNX Runtime Web, from this folder: on the graphics processor where there is one and the model is large, else as
// WebAssembly, and also where the graphics processor refuses something in the model.

const FOLDER = 'vendor/onnxruntime-web/'
const BUILDS = { webgpu: 'ort.min.mjs', wasm: 'ort.wasm.min.mjs' }

// `session` opens the bytes of a model; its `run` takes what `tensor` makes, by name.
export async function openRuntime(here, gpu) {
  const folder = new URL(FOLDER, here)
  const adapter = gpu && (await navigator.gpu?.requestAdapter().catch(() => null))
  const quick = adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) // else a processor plays it
  const open = async (provider, bytes) => {
    const ort = await import(new URL(BUILDS[provider], folder).href)
    ort.env.wasm.wasmPaths = folder.href
    ort.env.wasm.numThreads = crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1
    ort.env.logLevel = 'fatal'
    const options = { executionProviders: [provider], graphOptimizationLevel: 'all', logSeverityLevel: 4 }
    const session = await ort.InferenceSession.create(bytes, options)
    const made = ([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]
    return { run: (inputs) => session.run(Object.fromEntries(Object.entries(inputs).map(made))) }
  }
  return {
    session: (bytes) => (quick ? openEither(open, bytes) : open('wasm', bytes)),
    tensor: (type, data, dims) => ({ type, data, dims }),
  }
}

// The graphics processor, until it fails before it has answered once.
async function openEither(open, bytes) {
  const instead = (error) => {
    console.warn(error)
    return open('wasm', bytes)
  }
  let [session, proven] = [await open('webgpu', bytes).catch(instead), false]
  const again = async (error, inputs) => {
    if (proven) throw error
    proven = true
    session = await instead(error)
    return session.run(inputs)
  }
  return {
    run: async (inputs) => {
      const found = await session.run(inputs).catch((error) => again(error, inputs))
      proven = true
      return found
    },
  }
}
