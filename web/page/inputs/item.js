// Items are picked by their titles; the list follows each pick.

import { el, put } from '../dom.js'

const MOST_PICKS = 30
const OFFERED = 30 // titles that are found
const SUGGESTED = 6 // of the most popular, to begin with
const SHOWN = 10

export function form({ words, answer, opened }) {
  const picks = [] // numbers of items
  let [items, order, listed, waiting] = [null, [], null, 0]
  const field = el('input', { type: 'search', autocomplete: 'off', on: { input: () => find() } })
  words.spoken(field, 'search', 'placeholder')
  words.spoken(field, 'search', 'aria-label')
  const found = el('ul', { class: 'found', hidden: true })
  const none = el('p', { class: 'muted', hidden: true })
  const chosen = el('ul', { class: 'picks' })
  words.spoken(chosen, 'picked', 'aria-label')
  const heading = el('h3')
  const cards = el('ol', { class: 'cards' })
  const note = words.spoken(el('p', { class: 'muted' }), 'score_told')
  const list = el('div', { class: 'give' }, heading, cards, note)
  list.hidden = true

  const button = (text, label, act) => el('button', { type: 'button', 'aria-label': label, on: { click: act } }, text)
  const find = () => {
    const typed = field.value.trim()
    const parts = typed.toLowerCase().split(/\s+/)
    const fitting = typed && items ? order.filter((item) => parts.every((part) => items.lower[item].includes(part)) && !picks.includes(item)).slice(0, OFFERED) : []
    found.hidden = !fitting.length
    found.replaceChildren(...fitting.map((item) => el('li', {}, button(items.titles[item], words.say('like_title', { title: items.titles[item] }), () => pick(item)))))
    put(none, typed && items && !fitting.length ? words.say('none_found', { typed: typed.slice(0, 80) }) : '')
  }
  const pick = (item) => {
    if (picks.length >= MOST_PICKS || picks.includes(item)) return
    picks.push(item)
    field.value = ''
    if (found.contains(document.activeElement)) field.focus() // its list is gone now
    changed()
  }
  const drop = (item) => {
    picks.splice(picks.indexOf(item), 1)
    changed()
  }
  const changed = () => {
    find()
    draw()
    ask()
  }
  const card = (item, score) => {
    const genres = items.genres[item].split('|').filter(Boolean).join(' · ')
    const told = [items.years?.[item], genres].filter(Boolean).join(' · ')
    const made = el('li', { dir: 'auto' }, el('span', { class: 'name' }, items.titles[item]))
    if (picks.length < MOST_PICKS) made.append(button(words.say('like'), words.say('like_title', { title: items.titles[item] }), () => pick(item)))
    if (told) made.append(el('span', { class: 'genres muted' }, told))
    const foot = el('span', { class: 'foot muted' }, el('span', {}, words.say('known_by', { n: words.number(items.people[item]) })))
    if (score !== undefined) {
      const track = el('div', { class: 'bar' }, el('div'))
      track.firstElementChild.style.width = `${100 * (score / (listed.scores[0] || 1))}%`
      foot.prepend(el('span', {}, words.percent(score)))
      made.append(track)
    }
    made.append(foot)
    return made
  }
  const draw = () => {
    if (!items) return
    chosen.replaceChildren(...picks.map((item) => el('li', {}, button(items.titles[item], words.say('remove_title', { title: items.titles[item] }), () => drop(item)))))
    list.hidden = false
    heading.textContent = words.say(picks.length ? 'recommendations' : 'suggested')
    note.hidden = !picks.length
    const drawn = picks.length ? (listed?.items.slice(0, SHOWN).map((item, i) => card(item, listed.scores[i])) ?? []) : order.slice(0, SUGGESTED).map((item) => card(item))
    cards.classList.toggle('numbered', picks.length > 0)
    const before = [...cards.querySelectorAll('button')].indexOf(document.activeElement)
    cards.replaceChildren(...drawn)
    if (before >= 0) cards.querySelectorAll('button')[before]?.focus({ preventScroll: true })
  }
  const ask = async () => {
    const mine = ++waiting
    if (!picks.length) return answer.idle()
    const found = await answer.ask({ had: [...picks] })
    if (found && mine === waiting) listed = found
    draw()
  }
  const known = async () => {
    items = await opened.ask({ titles: true })
    items.lower = items.titles.map((title) => title.toLowerCase())
    order = items.titles.map((_, i) => i).sort((one, other) => items.people[other] - items.people[one] || one - other)
    find()
    draw()
  }
  opened.told((state) => {
    if (state === 'ready' && !items) known()
  })
  words.told(() => {
    find()
    draw()
  })
  const hint = words.spoken(el('p', {}), 'pick')
  answer.box.classList.add('quiet')
  return el('div', { class: 'give' }, hint, field, found, none, chosen, answer.box, list)
}
