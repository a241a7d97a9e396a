// Examples of the test part as buttons, where the owner lent some.

import { el } from './dom.js'

// `draw` makes what is in one and may say which, `pick` is called with the one that was pressed; `wide`: the class of those that are read.
// Returns their place, and what lets go of the one that is pressed.
export function openExamples({ demo, words }, draw, pick, wide = '') {
  const mark = (wanted) => buttons.forEach((button) => (button.ariaPressed = String(button === wanted)))
  const buttons = demo.examples.map((one, i) => {
    const button = el('button', { type: 'button', 'aria-pressed': 'false' }, draw(one, i + 1))
    button.addEventListener('click', () => {
      mark(button)
      pick(one)
    })
    if (!wide) words.told(() => (button.ariaLabel = words.say('example', { n: i + 1 })))
    return button
  })
  const list = el('div', { class: wide || '' }, ...buttons)
  const place = el('div', { class: 'examples' }, words.spoken(el('p', { class: 'muted' }), 'examples'), list)
  place.hidden = !buttons.length
  return { place, release: () => mark(null) }
}

export const picture = (address) => el('img', { src: address.href, alt: '', loading: 'lazy' })
