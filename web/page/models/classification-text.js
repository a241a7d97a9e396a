// A text: its tokens, without what surrounds it, go into the ONNX file, of a long text perhaps in several windows; where
// the model counts words, these too.

import { Tokenizer } from '../../vendor/tokenizers/tokenizers.mjs'
import { openCounts } from '../ngrams.js'
import { openTokens, stripped } from '../tokens.js'
import { ranked, refusal } from './probabilities.js'

const MOST = 2 ** 20 // bytes

export async function open(model, { session, json, tensor }) {
  const [told, counted] = [model.tokenizer, model.words]
  const wanted = [session(model.file), json(told.file), told.charsmap && json(told.charsmap), counted && json(counted.file)]
  const [network, file, table, words] = await Promise.all(wanted)
  const counts = words && openCounts(words, counted)
  const tokens = openTokens(Tokenizer, file, table, told)
  return async ({ text }) => {
    const cut = stripped(text)
    if (!cut) throw refusal('empty')
    if (new TextEncoder().encode(cut).length > MOST) throw refusal('too_large')
    const given = inputs(tokens(cut), told, tensor)
    const { probabilities } = await network.run({ ...given, ...(counts && wordsOf(counts(cut), tensor)) })
    return ranked(model.classes, probabilities.data)
  }
}

// The windows of a text, filled to the first, which is the longest; where there may be several, each with its share of
// the tokens.
function inputs(windows, told, tensor) {
  const shape = [windows.length, windows[0].length]
  const ids = new BigInt64Array(shape[0] * shape[1]).fill(BigInt(told.pad))
  const mask = new BigInt64Array(ids.length)
  windows.forEach((window, i) => {
    ids.set(window.map(BigInt), i * shape[1])
    mask.fill(1n, i * shape[1], i * shape[1] + window.length)
  })
  const given = { input_ids: tensor('int64', ids, shape), attention_mask: tensor('int64', mask, shape) }
  if (!told.windows) return given
  const all = windows.reduce((sum, window) => sum + window.length, 0)
  const shares = Float32Array.from(windows, (window) => window.length / all)
  return { ...given, window_weights: tensor('float32', shares, [1, windows.length]) }
}

const wordsOf = ({ ids, counts }, tensor) => ({
  word_ids: tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
  word_counts: tensor('float32', Float32Array.from(counts), [1, counts.length]),
})
