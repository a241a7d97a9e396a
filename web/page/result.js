// How good the model is: its figure with its interval, in plain words, and the same for every part.

import { el, spanned } from './dom.js'
import { differs } from './proof.js'

export function drawResult({ figure, parts }, words, model) {
  const sentences = el('div', { class: 'sentences' })
  const told = () => [...words.all.sentences.map(spanned), [differs(model, words)]].filter(([first]) => first)
  words.told(() => sentences.replaceChildren(...told().map((spans) => el('p', {}, ...spans))))
  const explained = el('div', { class: 'explained muted' })
  words.told(() => explained.replaceChildren(...words.all.explained.map((text) => el('p', {}, text))))
  return el('section', {}, words.spoken(el('h2'), 'result'), drawFigure(figure, words), explained, sentences, ...(parts.length ? [drawParts(parts, words)] : []))
}

const share = (part) => `${100 * Math.min(1, Math.max(0, part))}%`

function range({ at, low, high, baseline }) {
  const [line, dot, tick] = [el('i'), el('b'), el('u')]
  line.style.insetInlineStart = share(low)
  line.style.width = share(high - low)
  dot.style.insetInlineStart = share(at)
  tick.style.insetInlineStart = share(baseline ?? 0)
  return el('div', { class: 'range', 'aria-hidden': 'true' }, line, ...(baseline === undefined ? [] : [tick]), dot)
}

function drawFigure(figure, words) {
  const [value, name, of, interval, baseline, from, to] = ['figure-value', 'figure-name', 'muted', '', 'figure-baseline', '', ''].map((one) => el('div', { class: one }))
  words.told(() => {
    const told = words.all.figure
    baseline.hidden = !told.baseline
    for (const [place, text] of [[value, told.value], [name, told.name], [of, told.of], [interval, told.interval], [baseline, told.baseline?.told ?? ''], [from, told.ends[0]], [to, told.ends[1]]]) place.textContent = text
  })
  from.ariaHidden = to.ariaHidden = 'true'
  return el('div', { class: 'figure' }, el('div', { class: 'figure-head' }, value, el('div', {}, name, of)), el('div', { class: 'scale' }, from, range(figure), to), el('div', { class: 'figure-foot muted' }, interval, baseline))
}

function drawParts(parts, words) {
  const head = ['part', '', 'part_value', 'part_interval', 'part_examples'].map((key) => {
    const cell = el('th', { scope: 'col' })
    return key ? words.spoken(cell, key) : words.spoken(cell, 'part_interval', 'aria-label')
  })
  const rows = parts.map(({ name, value, low, high, n }) => {
    const cells = [el('td', {}, range({ at: value, low, high })), el('td'), el('td', { class: 'muted' }), el('td')]
    words.told(() => {
      cells[1].textContent = words.percent(value)
      cells[2].textContent = `${words.percent(low)} – ${words.percent(high)}`
      cells[3].textContent = words.number(n)
    })
    return el('tr', {}, el('th', { scope: 'row', dir: 'auto' }, name), ...cells)
  })
  const table = el('table', { class: 'parts' }, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows))
  const place = el('div', { class: 'parts-place', tabindex: '0', role: 'region' }, table)
  words.spoken(place, 'parts', 'aria-label')
  return el('div', {}, words.spoken(el('h3'), 'parts'), words.spoken(el('p', { class: 'muted' }), 'part_told'), place)
}
