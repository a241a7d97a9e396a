// Speech: the encoder hears each window of a recording once, the decoder writes its text token by token.

import { trimmed } from '../tokens.js'
import { written } from './greedy.js'
import { windows } from './windows.js'

export async function open(model, { session, json, tensor }) {
  const encoder = await session(model.files.encoder)
  const decoder = await session(model.files.decoder)
  const spoken = openText(await json(model.text.pieces), model.text)
  const answer = async (samples) => {
    const { heard } = await encoder.run({ samples: tensor('float32', samples, [samples.length]) })
    let past = tensor('float32', new Float32Array(0), model.decoding.past) // of no token
    const step = async (tokens) => {
      const given = tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length])
      const { scores, kept } = await decoder.run({ tokens: given, past, heard })
      past = kept
      return scores.data
    }
    const { tokens, sureness } = await written(step, model.decoding)
    return { label: spoken(tokens), probability: sureness }
  }
  return async ({ samples }, begun) => {
    const rate = model.sample_rate
    const spans = windows(samples.subarray(0, model.windows.most * rate), model.windows, rate)
    const moments = []
    for (const [begin, end] of spans) {
      moments.push({ start: begin / rate, stop: end / rate, ...(await answer(samples.slice(begin, end))) })
      if (moments.length < spans.length) await begun(whole(moments, model.windows))
    }
    return { ...whole(moments, model.windows), moments: spans.length > 1 ? moments : [] }
  }
}

function whole(moments, { between }) {
  const text = moments.map(({ label }) => label).filter(Boolean).join(between)
  const sure = moments.reduce((sum, { probability }) => sum + probability, 0) / moments.length
  return { labels: [text], probabilities: [sure], moments }
}

// `pieces`: of each token the bytes, as characters of a string.
function openText(pieces, { between, replaced: [from, to] }) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const letters = [...to]
  const become = new Map([...from].map((letter, i) => [letter, letters[i]]))
  return (tokens) => {
    const bytes = tokens.map((token) => pieces[token] ?? null).filter((piece) => piece !== null).join(between)
    const text = trimmed(decoder.decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0))))
    return become.size ? Array.from(text, (letter) => become.get(letter) ?? letter).join('') : text
  }
}
