// A text as the numbers that the network reads, the same as the app's tokenizer gives.

import { replaced } from './charsmap.js'

const CHARACTERS = 100 // of a token at most; a text is cut by them first
const FIRST = 8 // characters of a token, looked at first: the library takes time by the square of their number
const BEYOND = 64 // tokens more than are kept, so that where the text was cut changes none of them
// Characters of Chinese that the library forgets to set apart, for they take two places in a JavaScript string.
const RARE_HAN = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu
const BLANK = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+' // as Python strips
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, 'gu')

export const trimmed = (text) => text.replace(AROUND, '')
export const stripped = (text) => trimmed(text.replace(/^\ufeff/, ''))

// A text becomes windows of at most `most` tokens, one where model.json names no `windows`.
// `Tokenizer`: of @huggingface/tokenizers; `file` as tokenizer.json, `table` as charsmap.json or null, `told` as
// model.json has the tokenizer.
export function openTokens(Tokenizer, file, table, { prefix, most, windows = null }) {
  const tokenizer = new Tokenizer({ ...file, normalizer: table ? without(file.normalizer, 'Precompiled') : file.normalizer }, marks(file))
  const known = table && new Map(Object.entries(table))
  const apart = steps(file.normalizer).some((one) => one.type === 'BertNormalizer' && one.handle_chinese_chars)
  const prepared = (text) => replaced(apart ? text.replace(RARE_HAN, ' $& ') : text, known)
  const longest = most * (windows?.count ?? 1)
  return (text) => {
    const characters = [...(prefix + text)].slice(0, CHARACTERS * longest)
    for (let looked = FIRST * most; ; looked *= 2) {
      const { ids } = tokenizer.encode(prepared(characters.slice(0, looked).join('')))
      if (looked < characters.length && ids.length < longest + BEYOND) continue
      if (windows) return cut(ids, most, windows)
      return [ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)]]
    }
  }
}

// The tokens of a text, with its marks, in windows that have marks of their own; those after the first begin with the
// model's prefix, as models/text/windows.py has it.
function cut(marked, most, { count, begin, end, lead }) {
  const ids = marked.slice(begin.length, marked.length - end.length)
  const first = most - begin.length - end.length
  const found = [[...begin, ...ids.slice(0, first), ...end]]
  for (let at = first; at < ids.length && found.length < count; at += first - lead.length) {
    found.push([...begin, ...lead, ...ids.slice(at, at + first - lead.length), ...end])
  }
  return found
}

const steps = (normalizer) => normalizer?.normalizers?.flatMap(steps) ?? (normalizer ? [normalizer] : [])

function without(normalizer, type) {
  if (!normalizer || normalizer.type === type) return null
  if (normalizer.type !== 'Sequence') return normalizer
  return { ...normalizer, normalizers: normalizer.normalizers.filter((one) => one.type !== type) }
}

// What the library expects in a second file.
const marks = ({ model }) => ({ unk_token: model.unk_token, eos_token: '</s>' })
