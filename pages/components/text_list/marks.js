// The telling words of a text, marked in its card once they were worked out; what comes before the first may be cut off.

const EVERY = 700 // ms
const TELLING = 5 // words at most
const LEAST = 0.2 // of the weight of the strongest
const AHEAD = 60 // characters before the strongest word, where it stands too far down to be seen
const FAR = 140 // characters

// `pieces`: [text, weight from -1 to 1], joined what the model read.
const telling = (pieces) =>
  pieces
    .map(([text, weight], at) => ({ text, weight, at }))
    .filter(({ text, weight }) => text.trim() && Math.abs(weight) >= LEAST)
    .sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight))
    .slice(0, TELLING)

const spanOf = ([text, weight], told) => {
  if (!told) return document.createTextNode(text)
  const span = document.createElement('mark')
  span.className = 'cb-passage-telling'
  span.dataset.side = weight < 0 ? 'against' : 'for'
  span.textContent = text.trimEnd()
  const made = document.createDocumentFragment()
  made.append(span, text.slice(text.trimEnd().length))
  return made
}

function drawMarks(place, pieces) {
  const strong = telling(pieces)
  if (!strong.length) return
  const begins = pieces.reduce((ends, [text]) => [...ends, ends.at(-1) + text.length], [0])
  const seen = begins[strong[0].at] > FAR ? begins[strong[0].at] - AHEAD : 0
  const from = seen ? begins.findIndex((begin) => begin >= seen) : 0
  const told = new Set(strong.map(({ at }) => at))
  place.replaceChildren(...(from ? ['… '] : []), ...pieces.slice(from).map((piece, i) => spanOf(piece, told.has(from + i))))
}

// Asks until they are there, as long as the card is, and not where nobody asked for them.
async function mark(place, address) {
  try {
    const told = await (await fetch(address)).json()
    if (told.status === 'done' && told.words) return drawMarks(place, told.words.predicted ?? [])
    if (!['queued', 'running'].includes(told.status)) return
  } catch {
    // the text is there without its marks
  }
  setTimeout(() => place.isConnected && mark(place, address), EVERY)
}
