// Examples of the test part as buttons, where the owner lent some.

import { el } from './dom.js'

// `draw` makes what is in one, `pick` is called with the one that was pressed. Returns its place and how to let go.
export function openExamples({ demo, words }, draw, pick) {
  const mark = (wanted) => buttons.forEach((button) => (button.ariaPressed = String(button === wanted)))
  const buttons = demo.examples.map((one, i) => {
    const button = el('button', { type: 'button', 'aria-pressed': 'false' }, draw(one))
    button.addEventListener('click', () => {
      mark(button)
      pick(one)
    })
    words.told(() => (button.ariaLabel = one.text ? '' : words.say('example', { n: i + 1 })))
    if (one.text) button.removeAttribute('aria-label')
    return button
  })
  const list = el('div', { class: demo.examples.some(({ text }) => text) ? 'told' : '' }, ...buttons)
  const place = el('div', { class: 'examples' }, words.spoken(el('p', { class: 'muted' }), 'examples'), list)
  place.hidden = !buttons.length
  return { place, release: () => mark(null) }
}

export const picture = (address) => el('img', { src: address.href, alt: '', loading: 'lazy' })
