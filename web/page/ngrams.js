// Words of a text and their neighbours, counted as cases/text_analysis/ngrams.py does it.

const HAN = String.raw`\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff`
const OF_WORD = String.raw`\p{L}\p{N}_` // what Python takes for part of a word
const BLANK = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000` // and for a blank
const PIECES = new RegExp(`[${HAN}]|(?:(?![${HAN}])[${OF_WORD}])+|[^${OF_WORD}${BLANK}]`, 'gu')
const CHARACTER = new RegExp(`^[${HAN}]`, 'u')

// A function from a text to `ids`, the places in `words` of what it has, and to `counts`, how many times it has each.
export function openCounts({ words }, { longest }) {
  const known = new Map(words.map((word, number) => [word, number]))
  return (text) => {
    const found = new Map()
    const count = (word) => known.has(word) && found.set(known.get(word), (found.get(known.get(word)) ?? 0) + 1)
    let [earlier, before] = ['', '']
    for (const [piece] of [...text].slice(0, longest).join('').toLowerCase().matchAll(PIECES)) {
      count(piece)
      if (before) count(`${before} ${piece}`)
      if ([earlier, before, piece].every((one) => CHARACTER.test(one))) count(`${earlier} ${before} ${piece}`)
      earlier = before
      before = piece
    }
    return found.size ? { ids: [...found.keys()], counts: [...found.values()] } : { ids: [0], counts: [0] }
  }
}
