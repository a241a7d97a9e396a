// What was found of a text: its pieces coloured by how far each moved the score, and the strongest of them as numbers.

const STRONGEST = 8
const SHADE = 62 // per cent of the colour behind the strongest piece: text stays readable on it, light or dark

const shade = (weight) => {
  const side = weight < 0 ? 'var(--cb-against)' : 'var(--cb-for)'
  return `color-mix(in srgb, ${side} ${(SHADE * Math.abs(weight)).toFixed(1)}%, transparent)`
}

const make = (tag, name, ...inside) => {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...inside)
  return made
}

// The places of the strongest pieces, the strongest first; blanks tell nothing.
const strongest = (pieces) =>
  pieces
    .map(([text, weight], at) => ({ text: text.trim(), weight, at }))
    .filter(({ text, weight }) => text && weight)
    .sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight))
    .slice(0, STRONGEST)

function passageOf(pieces, strong, number, readout) {
  const reachable = new Set(strong.map(({ at }) => at))
  const spans = pieces.map(([text, weight], at) => {
    const span = make('span', '', text)
    if (weight) span.style.background = shade(weight)
    if (reachable.has(at)) span.tabIndex = 0
    span.dataset.told = `${text.trim()} ${number(weight)}`
    return span
  })
  const passage = make('p', 'cb-words-text', ...spans)
  passage.dir = 'auto'
  const tell = ({ target }) => {
    readout.textContent = target.dataset.told ?? ''
  }
  passage.addEventListener('pointerover', tell)
  passage.addEventListener('focusin', tell)
  return passage
}

function tableOf(strong, title, number) {
  const table = make('table', 'cb-words-table', make('caption', '', title))
  for (const { text, weight } of strong) {
    const bar = make('i', '')
    bar.style.width = `${50 * Math.abs(weight)}%`
    bar.dataset.side = weight < 0 ? 'against' : 'for'
    const word = make('th', '', text)
    word.scope = 'row'
    table.append(make('tr', '', word, make('td', '', number(weight)), make('td', 'cb-words-bar', bar)))
  }
  return table
}

function legendOf(words) {
  const scale = make('span', 'cb-words-scale')
  scale.ariaHidden = 'true'
  return make('p', 'cb-words-legend', words.against, scale, words.for)
}

// `pieces`: [text, weight from -1 to 1], joined what the model read; `unseen`: how many characters it did not read;
// `counted`: the same of words and pairs that a second model counts, the strongest first.
function wordsFigure(pieces, unseen, counted, caption, words, language) {
  const format = new Intl.NumberFormat(language, { signDisplay: 'exceptZero', minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const number = (weight) => format.format(weight)
  const strong = strongest(pieces)
  const readout = make('output', 'cb-words-readout')
  const passage = passageOf(pieces, strong, number, readout)
  const rest = words.unseen.replace('{n}', new Intl.NumberFormat(language).format(unseen))
  if (unseen) passage.append(make('em', '', ` … ${rest}`))
  const read = make('div', 'cb-words-read', passage, make('div', 'cb-words-foot', legendOf(words), readout))
  const told = counted.map(([text, weight]) => ({ text, weight })).filter(({ weight }) => weight)
  const tables = make('div', 'cb-words-tables', tableOf(strong, words.strongest, number))
  if (told.length) tables.append(tableOf(told, words.counted, number))
  const inside = make('div', 'cb-words', read, tables)
  return make('figure', '', make('figcaption', '', caption), inside)
}
