// What the model answers: bars that move to their new length, whether it is sure, and how such answers did on the test.

import { el, put } from './dom.js'

const SHOWN = 5 // classes
const LEAST_DRAWN = 0.0005 // a share below it is told as 0.0 %, so nothing is drawn

export function openAnswer({ demo, model, words, opened }) {
  const message = el('p', { class: 'message', role: 'status' })
  const load = words.spoken(el('button', { type: 'button', class: 'first', on: { click: () => opened.load() } }), 'load')
  const bar = el('progress', { max: 1, value: 0 })
  words.spoken(bar, 'loading', 'aria-label')
  const loading = el('div', { class: 'loading' }, load, bar)
  const expected = el('div', { class: 'expected', 'aria-hidden': 'true' })
  const sight = el('img', { alt: '' })
  const figure = el('figure', { class: 'sight' }, sight)
  const verdict = el('p', { class: 'verdict' })
  const bars = el('ol', { class: 'bars', 'aria-live': 'polite' })
  const tested = el('p', { class: 'tested muted' })
  const box = el('div', { class: 'answer' }, message, loading, expected, figure, el('div', { class: 'said' }, verdict, bars, tested))
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
    message.textContent = key ? words.say(key, { size: words.size(opened.bytes), ...said.places }) : ''
    const more = model.classes ? model.classes.length - SHOWN : 0
    const names = [...(model.classes ?? []).slice(0, SHOWN), ...(more > 0 ? [words.say('more', { n: words.number(more) })] : [])]
    expected.replaceChildren(...names.map((name, i) => el('p', {}, name, ...(i < SHOWN ? [el('i')] : []))))
    if (now) drawn()
  }
  const drawn = () => {
    drawBars(bars, now, words)
    put(verdict, unsure(now))
    put(tested, told(now))
  }
  const threshold = demo.certainty?.threshold ?? model.abstain
  const unsure = ({ labels, probabilities }) => {
    if (!threshold || probabilities[0] >= threshold) return ''
    return words.say(labels.length > 1 ? 'unsure' : 'unsure_alone', { first: labels[0], second: labels[1], least: words.percent(threshold, 0) })
  }
  const told = ({ probabilities: [first] }) => {
    const found = demo.certainty?.tested.find(([low, high]) => first >= low && (first < high || high === 1))
    if (!found) return ''
    const [low, high, right, n] = found
    return words.say('tested', { low: words.percent(low, 0), high: words.percent(high, 0), right: words.percent(right), n: words.number(n) })
  }
  const clear = () => {
    now = null
    bars.replaceChildren()
    verdict.hidden = tested.hidden = figure.hidden = true
    if (shown) URL.revokeObjectURL(shown)
    shown = ''
  }

  clear()
  enter('idle', 'idle')
  words.told(write)
  opened.told((state, share) => {
    bar.value = share
    write()
  })
  return {
    box,
    bars,
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
    // Returns the answer, or nothing where there is none or a later question was asked meanwhile.
    ask: async (given, example, draw = null) => {
      const mine = ++turn
      label = example ?? ''
      enter('asking', opened.state === 'ready' ? 'asking' : 'loading')
      try {
        const answer = await opened.ask(given)
        if (mine !== turn) return null
        if (draw) draw(answer)
        else now = answer
        enter('answered', label ? 'label' : '', { label })
        if (!draw) box.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' })
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

function line(label) {
  const track = el('div', { class: 'bar' }, el('div'))
  track.firstElementChild.style.width = '0'
  const made = el('li', { dir: 'auto' }, el('span', {}, label), el('span'), track)
  made.name = label
  return made
}

// A class that was there before goes on from its length; one that is put anew into its place would jump otherwise.
function drawBars(list, { labels, probabilities }, words) {
  const before = new Map([...list.children].map((one) => [one.name, one]))
  const lines = labels.slice(0, SHOWN).map((label) => before.get(label) ?? line(label))
  list.replaceChildren(...lines)
  list.getBoundingClientRect() // the browser takes note of the lengths so far
  lines.forEach((one, i) => {
    one.children[1].textContent = words.percent(probabilities[i])
    one.querySelector('.bar div').style.width = `${probabilities[i] < LEAST_DRAWN ? 0 : 100 * probabilities[i]}%`
  })
}
