// A text: its tokens, without what surrounds it, go into the ONNX file; where the model counts words, these too.

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
    const ids = tokens(cut)
    const shape = [1, ids.length]
    const { probabilities } = await network.run({
      ...(counts && wordsOf(counts(cut), tensor)),
      input_ids: tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      attention_mask: tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    })
    return ranked(model.classes, probabilities.data)
  }
}

const wordsOf = ({ ids, counts }, tensor) => ({
  word_ids: tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
  word_counts: tensor('float32', Float32Array.from(counts), [1, counts.length]),
})
