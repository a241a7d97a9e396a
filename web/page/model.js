// The model, in a thread of its own, so that the page never stands still. The thread begins as a blob: it inherits the
// page's Content-Security-Policy so, and cannot ask another host for anything either.

export const LARGE = 50e6 // bytes; a model beyond is fetched when somebody asks for it, and stays in the browser

// States: waiting (it is large, or the browser saves data, and nobody asked yet), loading, ready, failed. `told` is called with each and the share
// that has come.
// `runtime`: bytes that come besides the `files`.
export function openModel(here, model, files, gpu = false, runtime = 0) {
  const bytes = Object.values(files).reduce((sum, one) => sum + one.bytes, 0)
  const asked = new Map()
  const told = []
  let [worker, state, share, reason, number] = [null, 'waiting', 0, '', 0]
  const enter = (next, more = 0) => {
    ;[state, share] = [next, more]
    for (const tell of told) tell(state, share)
  }
  const failed = (message) => {
    reason = message
    console.warn(message)
    enter('failed')
    for (const { reject } of asked.values()) reject(new Error(message))
    asked.clear()
  }
  const heard = ({ data }) => {
    if (data.share !== undefined) return enter('loading', data.share)
    if (data.ready) return enter('ready', 1)
    if (data.failed) return failed(data.failed)
    const { resolve, reject, begun } = asked.get(data.number)
    if (data.beginning) return begun(data.beginning)
    asked.delete(data.number)
    if (data.error) reject(Object.assign(new Error(data.error), { word: data.word }))
    else resolve(data.answer)
  }
  const load = () => {
    if (worker) return
    enter('loading')
    const entry = new URL('worker.js', import.meta.url)
    const source = URL.createObjectURL(new Blob([`import ${JSON.stringify(entry.href)}`], { type: 'text/javascript' }))
    worker = new Worker(source, { type: 'module' })
    worker.addEventListener('message', heard)
    worker.addEventListener('error', (event) => failed(event.message ?? ''))
    worker.postMessage({ here: here.href, model, files, gpu })
  }
  const kept = async () => {
    const cache = await globalThis.caches?.open('casebook').catch(() => null)
    const names = await cache?.keys()
    return Boolean(names?.some(({ url }) => Object.values(files).some(({ sha256 }) => url.includes(sha256))))
  }
  const begin = async () => {
    if ((bytes <= LARGE && !navigator.connection?.saveData) || (await kept())) load()
  }
  begin()
  return {
    bytes: bytes + runtime,
    load,
    get state() { return state },
    get reason() { return reason },
    told: (tell) => {
      told.push(tell)
      tell(state, share)
    },
    // The answer to something given; rejects with the `word` of the sentence that says why there is none. `begun` is
    // called with the beginning of an answer that takes long.
    ask: (given, begun = () => {}) => {
      load()
      number += 1
      const mine = number
      return new Promise((resolve, reject) => {
        if (state === 'failed') return reject(new Error(reason))
        asked.set(mine, { resolve, reject, begun })
        worker.postMessage({ number: mine, given })
      })
    },
  }
}
