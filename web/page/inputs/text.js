// A text is typed, pasted, or taken from the examples; the answer follows each pause in the typing.

import { el } from '../dom.js'
import { openExamples } from '../examples.js'

const PAUSE = 250 // ms without a key until the model is asked

export function form({ demo, words, answer }) {
  let pausing
  const give = (label) => (field.value.trim() ? answer.ask({ text: field.value }, label) : answer.idle())
  const typed = (event) => {
    if (event.isComposing) return // Chinese is typed by letters that are not the text yet
    clearTimeout(pausing)
    examples.release()
    pausing = setTimeout(give, PAUSE)
  }
  const field = el('textarea', { rows: 5, dir: 'auto', spellcheck: 'false', on: { input: typed, compositionend: typed } })
  words.spoken(field, 'placeholder', 'placeholder')
  const beginning = ({ text }) => el('span', { dir: 'auto' }, text.slice(0, 200))
  const examples = openExamples({ demo, words }, beginning, ({ text, label }) => {
    clearTimeout(pausing)
    field.value = text
    give(label)
  }, 'told')
  const label = el('label', { class: 'write' }, words.spoken(el('span'), 'title'), field)
  const hint = words.spoken(el('p', { class: 'muted' }), 'hint')
  return el('div', { class: 'try wide' }, el('div', { class: 'give' }, label, hint), answer.box, examples.place)
}
