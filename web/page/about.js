// The model card. Of its Markdown only blocks are drawn: within a line nothing is markup, for names of classes and data
// stand there as they are.

import { el } from './dom.js'
import { proven } from './proof.js'

export function drawAbout(words, model) {
  const card = el('div', { class: 'card' })
  const more = () => [proven(model, words).join(' '), words.all.lent].filter(Boolean)
  words.told(() => card.replaceChildren(...blocks(words.all.card), ...more().map((one) => el('p', {}, one))))
  return el('details', {}, words.spoken(el('summary'), 'about'), card)
}

const cells = (line) => line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())

// Headings, tables, lists, code and paragraphs, which blank lines part. The title is that of the page, which has it.
export function blocks(text) {
  const found = []
  for (const part of text.split(/\n{2,}/)) {
    const lines = part.split('\n').filter((line) => line.trim())
    if (!lines.length) continue
    if (/^ {4}/.test(lines[0])) found.push(el('pre', { tabindex: '0' }, lines.map((line) => line.slice(4)).join('\n')))
    else if (/^# /.test(lines[0])) continue
    else if (/^#+ /.test(lines[0])) found.push(el('h3', {}, part.replace(/^#+ /, '')))
    else if (lines[0].startsWith('|')) found.push(table(lines))
    else if (lines.every((line) => /^(- | {2})/.test(line))) found.push(el('ul', {}, ...lines.map((line) => el('li', {}, line.replace(/^[- ] /, '')))))
    else found.push(el('p', {}, lines.join(/\p{Script=Han}$/u.test(lines[0]) ? '' : ' ')))
  }
  return found
}

// The first column says what a row is about; where the first row is empty there is nothing to say above the columns.
function table(lines) {
  const [names, ...rows] = lines.filter((line, i) => i !== 1).map(cells)
  const head = names.some(Boolean) ? [el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, name))))] : []
  const row = ([name, ...rest]) => el('tr', {}, el('th', { scope: 'row', dir: 'auto' }, name), ...rest.map((cell) => el('td', { dir: 'auto' }, cell)))
  return el('table', { class: head.length ? 'counted' : 'facts' }, ...head, el('tbody', {}, ...rows.map(row)))
}
