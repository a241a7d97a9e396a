// A text as the numbers that the network reads, the same as the app's tokenizer gives.

import { replaced } from './charsmap.js'

const CHARACTERS = 100 // of a token at most; a text is cut by them first
const FIRST = 8 // characters of a token, looked at first: the library takes time by the square of their number
const BEYOND = 64 // tokens more than are kept, so that where the text was cut changes none of them
const BLANK = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+' // as Python strips
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, 'gu')

export const stripped = (text) => text.replace(/^\ufeff/, '').replace(AROUND, '')

// `Tokenizer`: of @huggingface/tokenizers; `file` as tokenizer.json, `table` as charsmap.json or null, `told` as
// model.json has the tokenizer.
export function openTokens(Tokenizer, file, table, { prefix, most }) {
  const tokenizer = new Tokenizer({ ...file, normalizer: table ? without(file.normalizer, 'Precompiled') : file.normalizer }, marks(file))
  const known = table && new Map(Object.entries(table))
  return (text) => {
    const characters = [...(prefix + text)].slice(0, CHARACTERS * most)
    for (let looked = FIRST * most; ; looked *= 2) {
      const { ids } = tokenizer.encode(replaced(characters.slice(0, looked).join(''), known))
      if (looked < characters.length && ids.length < most + BEYOND) continue
      return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)]
    }
  }
}

function without(normalizer, type) {
  if (!normalizer || normalizer.type === type) return null
  if (normalizer.type !== 'Sequence') return normalizer
  return { ...normalizer, normalizers: normalizer.normalizers.filter((one) => one.type !== type) }
}

// What the library expects in a second file.
const marks = ({ model }) => ({ unk_token: model.unk_token, eos_token: '</s>' })
