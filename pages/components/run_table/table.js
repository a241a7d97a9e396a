// The table. Streamlit calls the default function at the mount and after every rerun.

const PAGE = 50 // runs drawn at once
const tables = new WeakMap()

function openTable(root) {
  const state = { ...kept(), chosen: new Set(), open: null, most: PAGE, columns: [] }
  const at = (name) => root.querySelector(`.cb-runs-${name}`)
  const table = { root, state, data: null, tell: () => {} }

  const shown = () => sorted(filtered(table.data.rows, state.typed), state.sort, table.data.language)
  const chosen = () => shown().filter(({ id }) => state.chosen.has(id)).map(({ id }) => id) // none that cannot be seen
  const draw = () => {
    drawHead(table, shown())
    drawBody(table, shown())
    drawBar(table, shown().length, chosen().length)
    columns.draw()
  }
  Object.assign(table, {
    draw,
    choose(id, on) {
      on ? state.chosen.add(id) : state.chosen.delete(id)
      draw()
    },
    chooseAll(on) {
      shown().forEach(({ id }) => (on ? state.chosen.add(id) : state.chosen.delete(id)))
      draw()
    },
    edit(id) {
      const before = state.open
      state.open = id
      draw()
      const line = root.querySelector(`[data-run="${id ?? before}"]`)
      const name = id ? line?.nextSibling.querySelector('input') : null
      name?.focus()
      name?.select()
      if (!id) line?.querySelector('.cb-runs-open').focus()
    },
    look(typed) {
      state.typed = at('filter').value = typed
      state.most = PAGE
      keep(state)
      draw()
    },
    sortBy(by) {
      const down = state.sort.by === by ? !state.sort.down : typeof table.data.rows[0]?.[by] === 'number' || by === 'value'
      state.sort = { by, down }
      keep(state)
      draw()
    },
  })
  const columns = openColumns(table)
  at('filter').value = state.typed
  at('filter').addEventListener('input', ({ target }) => table.look(target.value))
  root.querySelector('select').addEventListener('change', ({ target }) => table.sortBy(target.value))
  at('compare').addEventListener('click', () => table.tell('compared', chosen().join(',')))
  root.querySelector('.cb-runs-acts .cb-runs-delete').addEventListener('click', () => table.tell('deleted', chosen().join(',')))
  root.querySelector('.cb-runs-none button').addEventListener('click', () => table.look(''))
  at('further').addEventListener('click', () => {
    state.most += PAGE
    draw()
  })
  return table
}

function drawHead(table, rows) {
  const { words } = table.data
  const head = table.root.querySelector('thead tr')
  const { by, down } = table.state.sort
  const all = rows.length > 0 && rows.every(({ id }) => table.state.chosen.has(id))
  const content = JSON.stringify([by, down, words, table.state.columns])
  if (head.dataset.content === content) {
    head.querySelector('input').checked = all
    return
  }
  head.dataset.content = content
  const titles = seen(table).map(({ name, sort }) => {
    const box = made('th', name)
    Object.assign(box, { scope: 'col', role: 'columnheader' })
    if (sort === by) box.setAttribute('aria-sort', down ? 'descending' : 'ascending')
    const button = Object.assign(made('button', 'title', words[name]), { type: 'button' })
    button.addEventListener('click', () => {
      table.sortBy(sort)
      table.root.querySelector(`th.cb-runs-${name} button`).focus()
    })
    box.append(button)
    return box
  })
  const tick = made('th', 'check')
  tick.role = 'columnheader'
  tick.append(checkbox(words.all, all, (on) => table.chooseAll(on)))
  const last = cell('more')
  head.replaceChildren(tick, ...titles, last)
}

// A line is drawn again only where it is another: what is being typed or focused stays.
function drawBody(table, rows) {
  const body = table.root.querySelector('tbody')
  const before = new Map([...body.children].map((box) => [box.dataset.key, box]))
  const { words } = table.data
  const wanted = rows.slice(0, table.state.most).flatMap((row) => {
    const open = table.state.open === row.id
    const told = JSON.stringify([row, words, table.state.columns])
    const lines = [[`line ${row.id}`, told, line]]
    if (open) lines.push([`editor ${row.id}`, words.save, editor])
    return lines.map(([key, content, draw]) => {
      const known = before.get(key)
      if (known?.dataset.content === content) return known
      const box = draw(row, table)
      Object.assign(box.dataset, { key, content })
      return box
    })
  })
  wanted.filter((box) => box.dataset.run).forEach((box) => {
    const { run } = box.dataset
    box.querySelector('.cb-runs-check input').checked = table.state.chosen.has(run)
    box.querySelector('.cb-runs-open').setAttribute('aria-expanded', String(table.state.open === run))
  })
  const focused = table.root.getRootNode().activeElement
  const place = focused?.closest?.('[data-key]')?.dataset.key
  const which = place && [...before.get(place).querySelectorAll('a, button, input, textarea')].indexOf(focused)
  if (wanted.length !== body.children.length || wanted.some((box, i) => box !== body.children[i])) body.replaceChildren(...wanted)
  if (place && !focused.isConnected) [...body.children].find((box) => box.dataset.key === place)?.querySelectorAll('a, button, input, textarea')[which]?.focus()
  else if (place && table.root.getRootNode().activeElement !== focused) focused.focus()
}

function drawBar(table, n, chosen) {
  const { root, state, data: { words, rows, most, language } } = table
  const write = (place, text) => {
    const element = root.querySelector(place)
    if (element.textContent !== text) element.textContent = text
  }
  const number = new Intl.NumberFormat(language)
  const filter = root.querySelector('.cb-runs-filter')
  filter.placeholder = words.filter
  filter.setAttribute('aria-label', words.filter)
  write('.cb-runs-count', fill(words.shown, { n: number.format(n), total: number.format(rows.length) }))
  write('.cb-runs-hint', chosen > most ? words.too_many : chosen < 2 ? words.hint : '')
  write('.cb-runs-compare', fill(words.compare, { n: chosen }))
  write('.cb-runs-acts .cb-runs-delete', fill(words.delete, { n: chosen }))
  root.querySelector('.cb-runs-compare').disabled = chosen < 2 || chosen > most
  root.querySelector('.cb-runs-acts .cb-runs-delete').hidden = chosen === 0
  write('.cb-runs-sort span', words.sort)
  const select = root.querySelector('select')
  select.replaceChildren(...seen(table).map(({ name, sort }) => new Option(words[name], sort, false, sort === state.sort.by)))
  root.querySelector('table').setAttribute('aria-label', words.table)
  root.querySelector('.cb-runs-none').hidden = n > 0
  write('.cb-runs-none span', words.none)
  write('.cb-runs-none button', words.clear)
  root.querySelector('.cb-runs-scroll').hidden = n === 0
  root.querySelector('.cb-runs-further').hidden = n <= state.most
  write('.cb-runs-further', words.more)
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-runs')
  const first = !tables.has(root)
  if (first) tables.set(root, openTable(root))
  const table = tables.get(root)
  if (first) table.state.columns = data.columns // what is chosen here is newer than what the server has heard
  Object.assign(table, { data, tell: setTriggerValue })
  const there = new Set(data.rows.map(({ id }) => id))
  table.state.chosen.forEach((id) => there.has(id) || table.state.chosen.delete(id))
  table.draw()
})
