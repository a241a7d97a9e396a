// Exchanges the words of Streamlit's own controls as they appear, also in menus and tooltips that open later.

// Where a text is Streamlit's; elsewhere a text node may be a person's.
const TEXTS = [
  '[data-testid="stSkipToContent"]', '[data-testid="InputInstructions"]', '[data-testid^="stDataFrameColumn"]',
  '[data-testid^="stDataFrameStatistics"]', '[data-testid^="stMainMenu"]', '[data-testid="stStatusWidget"]',
  '[data-testid="stConnectionStatus"]', '[data-testid^="stFileUploader"]',
  '[role="tooltip"]', '[role="listbox"]:not(:has([aria-selected]))',
].join(',')
const NAMED = ['aria-label', 'title', 'placeholder']
const OURS = '[data-testid^="stBidiComponent"]'

const written = new WeakMap() // node → name → what it said in English, and what it was made to say
let words = { whole: new Map(), shaped: [] }

function learn(table) {
  const [whole, shaped] = [new Map(), []]
  for (const [english, said] of Object.entries(table)) {
    if (!english.includes('{')) whole.set(english, said)
    else shaped.push([new RegExp(`^${english.replace('+', '\\+').replace(/\{(\w+)\}/, '(?<$1>.+)')}$`), said])
  }
  words = { whole, shaped }
}

function said(english) {
  if (words.whole.has(english)) return words.whole.get(english)
  for (const [shape, text] of words.shaped) {
    const found = english.match(shape)
    if (found) return text.replace(/\{(\w+)\}/, (_, name) => found.groups[name])
  }
  return english
}

function exchange(node, name, now, write) {
  if (!now) return
  const known = written.get(node)?.[name]
  const english = known?.said === now ? known.english : now
  const text = said(english)
  if (text === now) return
  written.set(node, { ...written.get(node), [name]: { english, said: text } })
  write(text)
}

function go() {
  for (const place of document.querySelectorAll(TEXTS)) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode
      exchange(node, 'text', node.nodeValue, (text) => (node.nodeValue = text))
    }
  }
  for (const element of document.querySelectorAll(NAMED.map((name) => `[${name}]`).join(','))) {
    if (element.closest(OURS) || element.closest('[data-testid]')?.dataset.testid === 'stMarkdownContainer') continue
    for (const name of NAMED) exchange(element, name, element.getAttribute(name), (text) => element.setAttribute(name, text))
  }
}

// At once, so that no English is painted, but not for every change of a chart that is being drawn.
let [latest, later] = [0, 0]
function changed() {
  if (later) return
  const wait = 40 - (performance.now() - latest)
  if (wait > 0) later = setTimeout(act, wait)
  else act()
}
function act() {
  later = 0
  go()
  latest = performance.now()
}

const watcher = new MutationObserver(changed)

// A table that Streamlit saves as CSV leaves with the same guards as those of this app (cases/ingest/tables/formulas.py).
// It encodes a mark alone and then each line with one encoder.
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const CELL = /(^|,)("(?:[^"]|"")*"|[^,\n]*)/g
function guarded(line) {
  return line.replace(CELL, (_, before, cell) => {
    const quoted = cell.startsWith('"')
    const text = quoted ? cell.slice(1, -1) : cell
    if (!FORMULA.test(text) || NUMBER.test(text)) return before + cell
    return quoted ? `${before}"'${cell.slice(1)}` : `${before}'${cell}`
  })
}
function guard() {
  const encode = TextEncoder.prototype.encode
  if (encode.guards) return
  const tables = new WeakSet()
  TextEncoder.prototype.encode = function (text) {
    if (text === '\ufeff') tables.add(this)
    return encode.call(this, tables.has(this) ? guarded(text) : text)
  }
  TextEncoder.prototype.encode.guards = true
}

export default lasting(({ data }) => {
  learn(data.words)
  act()
  guard()
  watcher.observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: NAMED })
})
