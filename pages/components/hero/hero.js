// Drawn anew for other data only.

const made = (name, text = '') => Object.assign(document.createElement('div'), { className: `cb-hero-${name}`, textContent: text })
const percent = (part) => `${100 * Math.min(1, Math.max(0, part))}%`

// The baseline's tick is longer than the dot is high and lies below it: of two that are equal both are seen.
function line({ at, low, high, baseline }) {
  const whole = made('line')
  const range = made('range')
  Object.assign(range.style, { insetInlineStart: percent(low), width: percent(high - low) })
  const dot = made('dot')
  dot.style.insetInlineStart = percent(at)
  whole.append(range)
  if (baseline) {
    const tick = made('tick')
    tick.style.insetInlineStart = percent(baseline.at)
    whole.append(tick)
  }
  whole.append(dot)
  return whole
}

function scale(data) {
  const whole = made('scale')
  whole.ariaHidden = 'true' // the texts say the same
  const [from, to] = data.ends
  whole.append(made('end', from), line(data), made('end', to))
  return whole
}

export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-hero')
  const content = JSON.stringify(data)
  if (root.dataset.content === content) return
  root.dataset.content = content
  root.dataset.tone = data.tone
  const head = made('head')
  const beside = made('beside')
  beside.append(made('name', data.name), made('of', data.of))
  head.append(made('value', data.value), beside)
  const foot = made('foot')
  foot.append(made('interval', data.interval))
  if (data.baseline) foot.append(made('baseline', data.baseline.told))
  root.replaceChildren(head, scale(data), foot)
})
