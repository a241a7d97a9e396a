// The thread of the model: it is opened once, and answers one question after the other.

import { fetched } from './download.js'
import { openRuntime } from './runtime.js'

let [answering, newest] = [null, 0]

async function open({ here, model, files, gpu }) {
  const whole = Object.values(files).reduce((sum, one) => sum + one.bytes, 0)
  let done = 0
  const file = async (name) => {
    const bytes = await fetched(new URL(name, here), files[name], (more) => {
      done += more
      postMessage({ share: done / whole })
    })
    return bytes
  }
  const json = async (name) => JSON.parse(new TextDecoder().decode(await file(name)))
  const [runtime, kind] = await Promise.all([openRuntime(here, gpu), import(`./models/${model.kind}-${model.modality}.js`)])
  const session = async (name) => runtime.session(await file(`model/${name}`))
  return kind.open(model, { session, file: (name) => file(`model/${name}`), json: (name) => json(`model/${name}`), tensor: runtime.tensor })
}

addEventListener('message', async ({ data }) => {
  if (data.model) {
    answering = open(data)
    answering.then(() => postMessage({ ready: true }), (error) => postMessage({ failed: String(error?.message ?? error) }))
    return
  }
  const { number, given } = data
  newest = number
  // What is known so far is shown, and a later question let in, which ends this one.
  const begun = async (beginning) => {
    postMessage({ number, beginning })
    await new Promise((done) => setTimeout(done))
    if (newest > number) throw new Error('overtaken')
  }
  try {
    const answer = await answering
    postMessage({ number, answer: await answer(given, begun) })
  } catch (error) {
    postMessage({ number, error: String(error?.message ?? error), word: error?.word })
  }
})
