// Small numbers beside the curves, each with the line of its past.

const SPARK = { width: 96, height: 24, points: 96 }

// `top` is the least value at which the line touches the upper edge, so that an idle processor looks idle. `over`: what is
// told of a run that has ended, for its last value is of no interest then.
const tiles = (words, number) => [
  { name: 'learning_rate', format: number.small, top: 0 },
  { name: 'speed', format: (n) => fill(words.rate, { n: number.rate(n) }), top: 0, over: 'mean' },
  { name: 'cpu', format: number.percent, top: 100, over: 'mean' },
  { name: 'memory', format: number.memory, top: 0, over: 'peak' },
  { name: 'gpu', format: number.percent, top: 100, over: 'mean', optional: true },
  { name: 'gpu_memory', format: number.memory, top: 0, over: 'peak', optional: true },
]

function sparkline(values, top) {
  const stride = Math.ceil(values.length / SPARK.points)
  const shown = values.filter((_, i) => (values.length - 1 - i) % stride === 0)
  if (shown.length < 2) return ''
  const highest = Math.max(top, ...shown) || 1
  const across = (i) => ((i / (shown.length - 1)) * SPARK.width).toFixed(1)
  const up = (value) => (1 + (SPARK.height - 2) * (1 - value / highest)).toFixed(1)
  return `M${shown.map((value, i) => `${across(i)} ${up(value)}`).join('L')}`
}

function makeTile() {
  const tile = element('div', 'cb-live-tile')
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  picture.setAttribute('viewBox', `0 0 ${SPARK.width} ${SPARK.height}`)
  picture.setAttribute('preserveAspectRatio', 'none')
  picture.setAttribute('aria-hidden', 'true')
  picture.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'))
  const value = element('dd', '')
  value.append(element('span', ''), picture)
  tile.append(element('dt', ''), value)
  return tile
}

const OVER = {
  mean: (values) => values.reduce((sum, one) => sum + one, 0) / values.length,
  peak: (values) => values.reduce((most, one) => Math.max(most, one)),
}

function drawTiles(list, words, number, curves, ended) {
  const wanted = tiles(words, number)
  if (list.children.length === 0) list.append(...wanted.map(makeTile))
  wanted.forEach(({ name, format, top, over, optional }, i) => {
    const tile = list.children[i]
    const values = curves[name].y.filter((one) => one != null)
    const told = ended && over && values.length ? OVER[over](values) : curves[name].last()
    tile.hidden = Boolean(optional) && told === undefined
    write(tile.querySelector('dt'), ended && over ? fill(words[over], { name: words[name] }) : words[name])
    write(tile.querySelector('span'), told == null ? '–' : format(told))
    tile.querySelector('path').setAttribute('d', sparkline(curves[name].y, top))
  })
}
