// Shapes are placed along the way of the data: from left to right where there is room, else from top to bottom.

const SVG = 'http://www.w3.org/2000/svg'
const LOCK = 'M3 6V4.5a3 3 0 0 1 6 0V6h1v6H2V6zm1.4 0h3.2V4.5a1.6 1.6 0 0 0-3.2 0z'
const THICK = { input: 74, features: 20, hidden: 22, output: 22 } // along the way
const REACH = 96 // across it
const MOST_DOTS = 6
const [LETTERS, LINES] = [8, 4] // of a text in the input layer; a Chinese character takes two

// Broken where a line is full: between words where there are any.
function linesOf(text, most) {
  const width = (some) => [...some].reduce((sum, one) => sum + (one.codePointAt(0) > 0x2e7f ? 2 : 1), 0)
  const lines = ['']
  for (const word of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/gu) ?? []) {
    if (lines.at(-1) && width(lines.at(-1) + word.trimEnd()) > most) lines.push('')
    lines[lines.length - 1] += word
  }
  return lines.map((line) => (width(line.trimEnd()) > most ? `${line.slice(0, most - 1)}…` : line.trimEnd()))
}

const make = (tag, attributes, text) => {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  if (text !== undefined) made.textContent = text
  return made
}

// A pen that turns (along, across) into (x, y).
const pen = (svg, upright) => {
  const at = (along, across) => (upright ? [across, along] : [along, across])
  const add = (...made) => svg.append(...made)
  return {
    box(along, across, length, breadth, attributes, hint) {
      const [x, y] = at(along, across)
      const [width, height] = at(length, breadth)
      const made = make('rect', { x, y, width, height, rx: 3, class: 'cb-net-shape', ...attributes })
      if (hint) made.append(make('title', {}, hint))
      add(made)
    },
    dot(along, across, state) {
      const [cx, cy] = at(along, across)
      add(make('circle', { cx, cy, r: 5.5, class: 'cb-net-shape', 'data-state': state }))
    },
    wire(...ends) {
      const [[x1, y1], [x2, y2]] = ends.map((end) => at(...end))
      add(make('line', { x1, y1, x2, y2, class: 'cb-net-wire' }))
    },
    lock(along, across) {
      const [x, y] = at(along, across)
      add(make('path', { d: LOCK, transform: `translate(${x - 6} ${y - 7})`, class: 'cb-net-lock' }))
    },
    text(x, y, content, attributes) {
      add(make('text', { x, y, ...attributes }, content))
    },
    // What the network is given: a picture that fills its box, or a text in as many lines as fit.
    example(along, across, side, { picture, text }) {
      const [x, y] = at(along, across)
      if (picture) {
        add(make('image', { x, y, width: side, height: side, href: picture, preserveAspectRatio: 'xMidYMid slice' }))
        return
      }
      linesOf(text, LETTERS).slice(0, LINES).forEach((line, n) => {
        add(make('text', { x: x + 3, y: y + 14 + 14 * n, class: 'cb-net-text' }, line))
      })
    },
  }
}

// Where dots of a layer lie across the way; the gap in the middle stands for those that are not drawn.
function spread(units) {
  const shown = Math.min(units, MOST_DOTS)
  const step = Math.min(18, REACH / shown)
  const apart = units > shown ? 6 : 0
  return Array.from({ length: shown }, (_, i) => (i - (shown - 1) / 2) * step + (i < shown / 2 ? -apart : apart))
}

function bodyOf(draw, stage, along, middle, room) {
  const count = stage.blocks.length
  const pitch = room / count
  const length = Math.max(pitch - 3, 3)
  stage.blocks.forEach(({ state, hint }, i) => {
    const breadth = stage.narrows ? REACH * (1 - (0.42 * i) / Math.max(count - 1, 1)) : REACH
    draw.box(along + i * pitch, middle - breadth / 2, length, breadth, { 'data-state': state }, hint)
    if (state === 'adapted') {
      draw.box(along + i * pitch, middle + breadth / 2 - 9, length, 9, { class: 'cb-net-adapter', rx: 2 })
    }
    if (state !== 'learns' && length >= 14) draw.lock(along + i * pitch + length / 2, middle)
  })
}

const SHAPES = {
  input(draw, stage, along, middle) {
    for (const shift of [10, 5, 0]) draw.box(along + shift, middle - 32 - shift, 60, 60, {})
    if (stage.example) draw.example(along, middle - 32, 60, stage.example)
  },
  features(draw, stage, along, middle) {
    draw.box(along, middle - REACH / 2, THICK.features, REACH, { 'data-state': 'frozen' })
    for (let i = 1; i < 8; i++) {
      const across = middle - REACH / 2 + (i * REACH) / 8
      draw.wire([along, across], [along + THICK.features, across])
    }
  },
  hidden: dots,
  output: dots,
}

function dots(draw, stage, along, middle) {
  for (const across of spread(stage.units)) draw.dot(along + 11, middle + across, stage.state)
}

function connect(draw, from, to, middle) {
  const many = ['hidden', 'output']
  if (!many.includes(to.stage.kind)) {
    draw.wire([from.end + 4, middle], [to.start - 4, middle])
    return
  }
  const left = from.stage.kind === 'hidden' ? spread(from.stage.units) : [-36, -12, 12, 36]
  const back = from.stage.kind === 'hidden' ? 5 : 0
  for (const a of left) {
    for (const b of spread(to.stage.units)) draw.wire([from.end - back, middle + a], [to.start + 5, middle + b])
  }
}

function plan(stages, total, least) {
  const fixed = stages.reduce((sum, { kind }) => sum + (THICK[kind] ?? 0), 0)
  const room = Math.max(total - fixed - least * (stages.length - 1), 60)
  const body = Math.min(room, 340)
  const gap = least + (room - body) / (stages.length - 1)
  let along = 1
  return stages.map((stage) => {
    const placed = { stage, start: along, end: along + (THICK[stage.kind] ?? body) }
    along = placed.end + gap
    return placed
  })
}

function across(root, svg, { stages }) {
  const width = root.clientWidth
  const [names, least] = stages.at(-1).names ? [130, 88] : [30, 120]
  const [middle, foot] = [62, 138]
  const draw = pen(svg, false)
  const placed = plan(stages, width - names - 40, least)
  placed.slice(1).forEach((to, i) => connect(draw, placed[i], to, middle))
  placed.forEach(({ stage, start, end }, i) => {
    if (stage.kind === 'body') bodyOf(draw, stage, start, middle, end - start)
    else SHAPES[stage.kind](draw, stage, start, middle)
    const x = i === 0 ? 1 : (start + end) / 2
    const anchor = { 'text-anchor': i === 0 ? 'start' : 'middle' }
    draw.text(x, foot, stage.title, { ...anchor, class: 'cb-net-title' })
    stage.lines.forEach((line, n) => draw.text(x, foot + 17 + 16 * n, line, { ...anchor, class: 'cb-net-line' }))
    if (stage.names) named(draw, stage, end + 6, middle, names)
  })
  return foot + 14 + 16 * Math.max(3, ...stages.map(({ lines }) => lines.length))
}

function named(draw, stage, x, middle, room) {
  const places = spread(stage.units)
  stage.names.forEach((name, i) => {
    draw.text(x, middle + places[i] + 4, clip(name, room), { class: 'cb-net-line' })
  })
  if (stage.units > stage.names.length) draw.text(x, middle + 4, '⋮', { class: 'cb-net-line' })
}

const listed = ({ names, units }) => {
  const half = names.length / 2
  return units > names.length ? [...names.slice(0, half), '…', ...names.slice(half)].join(' · ') : names.join(' · ')
}

const clip = (text, room) => (text.length * 7.5 > room ? `${text.slice(0, Math.floor(room / 7.5))}…` : text)

function down(root, svg, { stages }) {
  const [middle, label] = [52, 116]
  const draw = pen(svg, true)
  const placed = plan(stages, 300 + 60 * stages.length, 44)
  placed.slice(1).forEach((to, i) => connect(draw, placed[i], to, middle))
  placed.forEach(({ stage, start, end }) => {
    if (stage.kind === 'body') bodyOf(draw, stage, start, middle, end - start)
    else SHAPES[stage.kind](draw, stage, start, middle)
    const names = stage.names ? [clip(listed(stage), root.clientWidth - label)] : []
    const lines = [...stage.lines, ...names]
    const top = (start + end) / 2 - 8 * lines.length + 4
    draw.text(label, top, stage.title, { class: 'cb-net-title' })
    lines.forEach((line, n) => draw.text(label, top + 16 * (n + 1), line, { class: 'cb-net-line' }))
  })
  return placed.at(-1).end + 34
}

function key(data) {
  const entries = data.legend.map(({ state, text }) => {
    const entry = document.createElement('span')
    const mark = document.createElement('i')
    mark.dataset.state = state
    entry.append(mark, text)
    return entry
  })
  const summary = document.createElement('b')
  summary.textContent = data.summary
  return [summary, ...entries]
}

export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-net')
  const svg = root.querySelector('svg')
  root.setAttribute('role', 'img')
  root.setAttribute('aria-label', data.alt)
  root.querySelector('.cb-net-key').replaceChildren(...key(data))
  const draw = () => {
    if (!root.clientWidth) return
    svg.replaceChildren()
    const height = (root.clientWidth < 700 ? down : across)(root, svg, data)
    svg.setAttribute('height', height)
    svg.setAttribute('viewBox', `0 0 ${root.clientWidth} ${height}`)
  }
  const watcher = new ResizeObserver(draw)
  watcher.observe(root)
  return () => watcher.disconnect()
})
