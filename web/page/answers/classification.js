// Classes and how likely each is: bars that move to their new length, whether it is sure, and how such answers did on
// the test; a long recording is also told moment by moment.

import { el, put } from '../dom.js'
import { timeline } from '../timeline.js'

const SHOWN = 5 // classes
const LEAST_DRAWN = 0.0005 // a share below it is told as 0.0 %, so nothing is drawn

export function openView({ demo, model, words }) {
  const verdict = el('p', { class: 'verdict' })
  const unlike = el('p', { class: 'unlike' })
  const bars = el('ol', { class: 'bars', 'aria-live': 'polite' })
  const tested = el('p', { class: 'tested muted' })
  const threshold = demo.threshold ?? model.abstain
  const bands = model.agreement?.bands ?? [] // measured with the weights of this folder
  const unsure = ({ labels, probabilities }) => {
    if (!threshold || probabilities[0] >= threshold) return ''
    return words.say(labels.length > 1 ? 'unsure' : 'unsure_alone', { first: labels[0], second: labels[1], least: words.percent(threshold, 1, 0) })
  }
  const told = ({ probabilities: [first] }) => {
    const found = bands.find(([low, high]) => first >= low && (first < high || high === 1))
    if (!found) return ''
    const [low, high, right, n] = found
    return words.say(right === null ? 'few' : 'tested', { low: words.percent(low, 0), high: words.percent(high, 0), right: words.percent(right ?? 0), n: words.number(n) })
  }
  return {
    parts: [verdict, unlike, bars, tested],
    expected: () => {
      const more = model.classes.length - SHOWN
      const names = model.classes.slice(0, SHOWN).map((name) => el('p', {}, name, el('i')))
      return more > 0 ? [...names, el('p', {}, words.say('more', { n: words.number(more) }))] : names
    },
    // `own`: it is no example of the test, and nobody knows whether it belongs to one of the classes.
    draw: (answer, { own = false } = {}) => {
      drawBars(bars, answer, words)
      put(verdict, unsure(answer))
      put(unlike, own ? words.say('unlike') : '')
      put(tested, told(answer))
    },
    clear: () => {
      bars.replaceChildren()
      verdict.hidden = unlike.hidden = tested.hidden = true
    },
    // What stands with the sound itself; `from` plays it from a place in seconds.
    beside: ({ moments = [] }, from) => (moments.length > 1 ? [timeline(moments, words, from)] : []),
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
