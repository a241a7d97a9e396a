// Draws the slices when they change; the focus stays at its place, so that the keyboard goes on from there.

const made = (tag, name, text = '') => Object.assign(document.createElement(tag), { className: `cb-slice-${name}`, textContent: text })
const percent = (part) => `${100 * Math.min(1, Math.max(0, part))}%`

// The tick of all test examples lies below the dot and is longer: of two that are equal both are seen.
function line({ at, low, high }, whole) {
  const track = made('span', 'line')
  track.ariaHidden = 'true' // the texts say the same
  const range = made('span', 'range')
  Object.assign(range.style, { insetInlineStart: percent(low), width: percent(high - low) })
  const tick = made('span', 'tick')
  tick.style.insetInlineStart = percent(whole)
  const dot = made('span', 'dot')
  dot.style.insetInlineStart = percent(at)
  track.append(range, tick, dot)
  return track
}

function rowOf(row, { whole, chosen }, tell) {
  const place = made('li', 'place')
  const button = made('button', 'row')
  Object.assign(button, { type: 'button', ariaPressed: String(row.id === chosen) })
  button.toggleAttribute('data-worse', row.worse)
  const head = made('span', 'head')
  head.append(made('span', 'name', row.name), made('span', 'size', row.size))
  const measured = made('span', 'measured')
  measured.append(made('span', 'figure', row.figure), line(row, whole), made('span', 'interval', row.interval))
  const against = made('span', 'against')
  against.append(made('span', 'difference', row.difference), made('span', 'chance', row.chance))
  button.append(head, measured, against)
  button.addEventListener('click', () => tell(row.id))
  place.append(button)
  return place
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-slices')
  const drawn = JSON.stringify(data)
  if (root.dataset.drawn === drawn) return
  root.dataset.drawn = drawn
  const before = [...root.querySelectorAll('button')].indexOf(root.getRootNode().activeElement)
  const legend = made('li', 'legend')
  legend.append(made('span', 'key'), data.told)
  const tell = (id) => setTriggerValue('picked', id)
  root.replaceChildren(...data.rows.map((row) => rowOf(row, data, tell)), legend)
  if (before >= 0) root.querySelectorAll('button')[before]?.focus()
})
