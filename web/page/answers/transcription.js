// What was said, to be read and taken along; of a long recording window by window, each with its time.

import { el } from '../dom.js'

const LINES = 3 // drawn before there is a text

export function openView({ words }) {
  const box = el('div', { class: 'transcript', 'aria-live': 'polite' })
  const take = (text, button) => navigator.clipboard?.writeText(text).then(() => (button.textContent = words.say('copied')), console.warn)
  const line = ({ start, label }, from) => {
    const time = el('button', { type: 'button', on: { click: () => from(start) } }, clock(start))
    return el('p', { dir: 'auto' }, time, ` ${label}`)
  }
  return {
    parts: [box],
    expected: () => Array.from({ length: LINES }, () => el('p', {}, el('i'))),
    draw: ({ labels: [text], probabilities: [sure], moments }, { from, own = false, unfinished = false }) => {
      box.ariaBusy = String(unfinished) // read aloud as a whole
      if (!text) return box.replaceChildren(el('p', {}, words.say('silence')))
      const copy = el('button', { type: 'button', class: 'copy', on: { click: () => take(text, copy) } }, words.say('copy'))
      const lines = moments.length ? moments.map((one) => line(one, from)) : [el('p', { class: 'whole', dir: 'auto' }, text)]
      const told = el('small', { class: 'muted' }, words.say('sure', { share: words.percent(sure, 0) }))
      const unlike = own ? [el('p', { class: 'unlike' }, words.say('unlike'))] : []
      box.replaceChildren(...lines, ...unlike, el('div', { class: 'take' }, copy, told))
    },
    clear: () => box.replaceChildren(),
    beside: () => [],
  }
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
