// The classes of an answer as bars that move to their new length, whether it is sure, and how such answers did.

const percentOf = (language, digits = 1) =>
  new Intl.NumberFormat(language, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits })

const LEAST_DRAWN = 0.0005 // a share below it is told as 0.0 %, so nothing is drawn

function bar(label) {
  const line = document.createElement('li')
  line.dataset.label = label
  const [name, figure] = [label, ''].map((text) => Object.assign(document.createElement('span'), { textContent: text }))
  const track = document.createElement('div')
  track.className = 'cb-try-bar'
  track.append(document.createElement('div'))
  track.firstElementChild.style.width = '0'
  line.append(name, figure, track)
  return line
}

// A class that was there before goes on from its length; one that is put anew into its place would jump otherwise.
function drawBars(list, { labels, probabilities }, language) {
  const before = new Map([...list.children].map((line) => [line.dataset.label, line]))
  const lines = labels.map((label) => before.get(label) ?? bar(label))
  list.replaceChildren(...lines)
  list.getBoundingClientRect() // the browser takes note of the lengths so far
  const percent = percentOf(language)
  lines.forEach((line, i) => {
    line.children[1].textContent = percent.format(probabilities[i])
    line.querySelector('.cb-try-bar div').style.width = `${probabilities[i] < LEAST_DRAWN ? 0 : 100 * probabilities[i]}%`
  })
}

const put = (place, text) => {
  place.textContent = text
  place.hidden = !text
}

// `certainty`: the threshold, words, and of answers on the test part [low, high, accuracy or null, examples] by confidence.
function judge(root, { labels, probabilities }, { certainty, words, language }) {
  const [first] = probabilities
  const fill = (text, places) => text.replace(/\{(\w+)\}/g, (_, name) => places[name] ?? '')
  const [whole, fine] = [percentOf(language, 0), percentOf(language)]
  const chosen = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const unsure = certainty && first < certainty.threshold
  const places = { first: labels[0], second: labels[1] ?? '', least: chosen.format(certainty?.threshold ?? 0) }
  put(root.querySelector('.cb-try-verdict'), unsure ? fill(labels[1] ? words.unsure : words.unsure_alone, places) : '')
  const found = certainty?.tested.find(([low, high]) => first >= low && (first < high || high === 1))
  const told = found && {
    low: whole.format(found[0]), high: whole.format(found[1]), right: fine.format(found[2] ?? 0),
    n: new Intl.NumberFormat(language).format(found[3]),
  }
  put(root.querySelector('.cb-try-tested'), told ? fill(found[2] === null ? words.few : words.tested, told) : '')
}
