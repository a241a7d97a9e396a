// A long recording is answered stretch by stretch: a band with a colour for each label; a press plays from there.

import { el } from './dom.js'

const COLOURS = ['#159084', '#d9772b', '#6f73d2', '#b08d10', '#c04a80', '#3d8fd8', '#6f9a24', '#9b6a4a', '#b06ad0', '#7d7f7e']

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

// `moments`: start, stop, label and probability, in seconds and in order; `from` is called with a place, in seconds.
export function timeline(moments, words, from) {
  const labels = [...new Set(moments.map(({ label }) => label))].filter(Boolean)
  const bands = moments.map(({ start, stop, label, probability }) => {
    const band = el('button', { type: 'button', on: { click: () => from(start) } }, label)
    band.style.flex = `${stop - start} 0 0`
    band.style.setProperty('--colour', label ? COLOURS[labels.indexOf(label) % COLOURS.length] : 'transparent')
    words.told(() => {
      const told = label ? `${label} ${words.percent(probability, 0)}` : words.say('quiet')
      band.title = band.ariaLabel = `${clock(start)} – ${clock(stop)} · ${told}`
    })
    return band
  })
  const ends = [0, moments.at(-1).stop].map((at) => el('span', {}, clock(at)))
  return el('div', { class: 'moments' }, words.spoken(el('p', { class: 'muted' }), 'timeline'), el('div', { class: 'bands' }, ...bands), el('p', { class: 'ends muted' }, ...ends))
}
