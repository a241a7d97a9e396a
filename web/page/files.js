// A place for one file: chosen, dropped anywhere on the page, or pasted.

import { el } from './dom.js'

export function pickFiles({ words, accept, given }) {
  const field = el('input', { type: 'file', accept, hidden: true, on: { change: () => {
    if (field.files[0]) given(field.files[0])
    field.value = ''
  } } })
  const choose = words.spoken(el('button', { type: 'button', class: 'first', on: { click: () => field.click() } }), 'choose')
  const buttons = el('div', { class: 'buttons' }, choose)
  const title = words.spoken(el('p', { class: 'drop-title' }), 'title')
  const box = el('div', { class: 'drop' }, title, words.spoken(el('p', { class: 'muted' }), 'hint'), buttons, field)
  const over = (on) => box.classList.toggle('over', on)
  addEventListener('dragover', (event) => {
    event.preventDefault()
    over(true)
  })
  addEventListener('dragleave', (event) => event.relatedTarget ?? over(false))
  addEventListener('drop', (event) => {
    event.preventDefault()
    over(false)
    if (event.dataTransfer.files[0]) given(event.dataTransfer.files[0])
  })
  addEventListener('paste', (event) => event.clipboardData.files[0] && given(event.clipboardData.files[0]))
  return { box, buttons, choose }
}
