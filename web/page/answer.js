// What the model answers, below what is to be said of it; the kind of model draws the answer itself, see answers/.

import { el } from './dom.js'

export function openAnswer({ view, words, opened }) {
  const message = el('p', { class: 'message', role: 'status' })
  const load = words.spoken(el('button', { type: 'button', class: 'first', on: { click: () => opened.load() } }), 'load')
  const bar = el('progress', { max: 1, value: 0 })
  let share = 0 // of the model that has come
  words.spoken(bar, 'loading', 'aria-label')
  const loading = el('div', { class: 'loading' }, load, bar)
  const expected = el('div', { class: 'expected', 'aria-hidden': 'true' })
  const sight = el('img', { alt: '' })
  const figure = el('figure', { class: 'sight' }, sight)
  const box = el('div', { class: 'answer' }, message, loading, expected, figure, el('div', { class: 'said' }, ...view.parts))
  let [turn, now, label] = [0, null, ''] // a later question overtakes an earlier one
  let said = { key: 'idle', places: {} }
  let shown = ''

  const enter = (state, key, places = {}) => {
    box.dataset.state = state
    said = { key, places }
    write()
  }
  const write = () => {
    const waiting = opened.state === 'waiting'
    load.hidden = !waiting
    bar.hidden = opened.state !== 'loading'
    loading.hidden = load.hidden && bar.hidden
    const key = opened.state === 'failed' ? 'failed' : waiting && box.dataset.state === 'idle' ? 'waiting' : said.key
    const told = key === 'loading' || (opened.state === 'loading' && key === 'idle') ? 'loading_share' : key
    message.textContent = told ? words.say(told, { size: words.size(opened.bytes), share: words.percent(share, 0), ...said.places }) : ''
    expected.replaceChildren(...view.expected())
    if (now) view.draw(now.answer, now)
  }
  const clear = () => {
    now = null
    view.clear()
    figure.hidden = true
    if (shown) URL.revokeObjectURL(shown)
    shown = ''
  }

  const show = () => box.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' })

  clear()
  enter('idle', 'idle')
  words.told(write)
  opened.told((state, come) => {
    bar.value = share = come
    if (state === 'ready' && said.key === 'loading') said = { key: 'asking', places: {} }
    write()
  })
  return {
    box,
    beside: view.beside,
    idle: () => {
      turn += 1
      clear()
      enter('idle', 'idle')
    },
    refuse: (word, places = {}) => {
      turn += 1
      clear()
      enter('refused', word, places)
    },
    // Shows what was given, until the next is.
    see: (blob) => {
      if (shown) URL.revokeObjectURL(shown)
      shown = URL.createObjectURL(blob)
      sight.src = shown
      sight.alt = words.say('seen')
      figure.hidden = false
    },
    // Returns the answer, or nothing where there is none or a later question was asked meanwhile. `from` goes to a place
    // in what was given, where it has some.
    ask: async (given, example, from = () => {}) => {
      const mine = ++turn
      label = example ?? ''
      enter('asking', opened.state === 'ready' ? 'asking' : 'loading')
      if (opened.state !== 'ready') show() // how far it is stands here
      try {
        const begun = (answer) => {
          if (mine !== turn) return
          now = { answer, from, unfinished: true }
          enter('answering', 'asking')
        }
        const answer = await opened.ask(given, begun)
        if (mine !== turn) return null
        now = { answer, from, own: !label }
        enter('answered', label ? 'label' : '', { label })
        show()
        return answer
      } catch (error) {
        if (mine !== turn) return null
        console.warn(error)
        clear()
        enter('refused', error.word ?? 'broken')
        return null
      }
    },
  }
}
