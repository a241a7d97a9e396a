// What a tokenizer's own table makes of characters before they become tokens. The JavaScript tokenizer knows no such
// table (it stands in for it by rules of its own), so it is applied here and taken out of the tokenizer.

const SMALL = 6 // bytes of UTF-8 below which a character is looked up together with the marks that follow

const encoder = new TextEncoder()
const segments = new Intl.Segmenter('und', { granularity: 'grapheme' })

// A text with its characters replaced as the Rust library does it: of a small grapheme the first entry that begins it
// stands for all of it, of any other each character is looked up by itself.
export function replaced(text, table) {
  if (!table) return text
  let made = ''
  for (const { segment } of segments.segment(text)) {
    const whole = encoder.encode(segment).length < SMALL ? begun(segment, table) : undefined
    if (whole !== undefined) made += whole
    else for (const character of segment) made += table.get(character) ?? character
  }
  return made
}

// The entry for the shortest beginning that has one.
function begun(segment, table) {
  let beginning = ''
  for (const character of segment) {
    beginning += character
    if (table.has(beginning)) return table.get(beginning)
  }
  return undefined
}
