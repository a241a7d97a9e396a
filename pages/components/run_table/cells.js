// The cells of one run. Everything a person gave is text, never markup.

const made = (tag, name, text = '') => Object.assign(document.createElement(tag), { className: `cb-runs-${name}`, textContent: text })
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place)

// In the order of the columns; `sort` says by which value of a row, `said` what stands in a plain cell, `below` what
// belongs to it and stands there smaller. The first cannot be left out.
const COLUMNS = [
  { name: 'name', sort: 'name' },
  { name: 'figure', sort: 'value' },
  { name: 'case', sort: 'case', said: 'case' },
  { name: 'data', sort: 'data', said: 'data' },
  { name: 'model', sort: 'model', said: 'model', below: 'part' },
  { name: 'seconds', sort: 'seconds', said: 'time' },
  { name: 'created', sort: 'created', said: 'when' },
  { name: 'validated', sort: 'validated', said: 'validated_said' },
  { name: 'tested', sort: 'tested', said: 'tested_said' },
]

// Those and one for each setting that is a number; of all these the ones that are shown.
const columnsOf = ({ data }) => [...COLUMNS, ...data.settings.map((name) => ({ name, sort: name, said: `${name}_said` }))]
const seen = (table) => columnsOf(table).filter(({ name }, place) => place === 0 || table.state.columns.includes(name))

function cell(name, label = '') {
  const box = made('td', name)
  box.role = 'cell'
  if (label) box.dataset.label = label
  return box
}

function checkbox(told, checked, change) {
  const label = made('label', 'tick')
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked })
  box.setAttribute('aria-label', told)
  box.addEventListener('change', () => change(box.checked))
  label.append(box)
  return label
}

// A picture of the data; where there is none, or it does not come, the icon of the case.
function face({ picture, icon }) {
  const box = made('span', 'face')
  const sign = () => {
    box.replaceChildren(icon)
    box.classList.add('cb-runs-icon')
  }
  box.ariaHidden = 'true'
  if (!picture) sign()
  else {
    const image = Object.assign(document.createElement('img'), { src: picture, alt: '', loading: 'lazy', decoding: 'async' })
    image.addEventListener('error', sign)
    box.append(image)
  }
  return box
}

function named(row, table) {
  const box = cell('name')
  const link = Object.assign(made('a', 'link', row.name), { href: row.address, title: row.name })
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return // a window of its own
    event.preventDefault()
    event.stopPropagation()
    table.tell('opened', row.id)
  })
  const tags = row.tags.map((tag) => {
    const chip = Object.assign(made('button', 'tag', tag), { type: 'button' })
    chip.addEventListener('click', () => table.look(tag))
    return chip
  })
  const words = made('span', 'words')
  words.append(link)
  if (tags.length) {
    const line = made('span', 'tags')
    line.append(...tags)
    words.append(line)
  }
  if (row.note) words.append(Object.assign(made('span', 'note', row.note), { title: row.note }))
  const both = made('span', 'named')
  both.append(face(row), words)
  box.append(both)
  return box
}

function measured(row, words) {
  const box = cell('figure', words.figure)
  if (row.state !== 'done') box.append(Object.assign(made('span', 'status', row.status)))
  if (row.figure) {
    box.append(made('span', 'metric', row.metric), made('strong', 'value', row.figure), made('span', 'interval', row.interval))
    if (row.caution) box.append(made('span', 'caution', row.caution))
  }
  box.dataset.state = row.state
  return box
}

function more(row, table) {
  const box = cell('more')
  const button = Object.assign(made('button', 'open', '⋯'), { type: 'button' })
  button.setAttribute('aria-label', fill(table.data.words.edit, { name: row.name }))
  button.addEventListener('click', () => table.edit(table.state.open === row.id ? null : row.id))
  box.append(button)
  return box
}

function line(row, table) {
  const { words } = table.data
  const box = made('tr', 'row')
  box.role = 'row'
  box.dataset.run = row.id
  const tick = cell('check')
  tick.append(checkbox(fill(words.select, { name: row.name }), false, (on) => table.choose(row.id, on)))
  const special = { name: () => named(row, table), figure: () => measured(row, words) }
  const cells = seen(table).map(({ name, said, below }) => {
    if (special[name]) return special[name]()
    const plain = cell(name, words[name])
    const told = [row[said], row[below]].filter(Boolean)
    plain.append(...told.map((text, i) => made('span', i ? 'note' : 'said', text)))
    plain.title = told.join(' · ')
    return plain
  })
  box.append(tick, ...cells, more(row, table))
  box.addEventListener('click', (event) => {
    if (!event.target.closest('a, button, input, label') && !table.root.getRootNode().getSelection?.().toString()) table.tell('opened', row.id)
  })
  return box
}
