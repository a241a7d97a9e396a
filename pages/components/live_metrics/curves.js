// The points of one curve in the order of their steps. A resumed run sends steps a second time: the new point
// takes the place of the old one, and `rewritten` says that appending is not enough to draw them.
function curve() {
  const [steps, x, y] = [[], [], []]
  return {
    x,
    y,
    rewritten: false,
    last: () => y.at(-1),
    put(step, across, up) {
      let i = steps.length
      while (i > 0 && steps[i - 1] >= step) i -= 1
      const known = steps[i] === step ? 1 : 0
      if (known && x[i] === across && y[i] === up) return
      if (i < steps.length) this.rewritten = true
      steps.splice(i, known, step)
      x.splice(i, known, across)
      y.splice(i, known, up)
    },
  }
}

const CURVES = {
  'train loss': ['train', 'loss'],
  learning_rate: ['train', 'learning_rate'],
  speed: ['train', 'items_per_second'],
  'validation loss': ['validation', 'loss'],
  cpu: ['machine', 'cpu'],
  memory: ['machine', 'memory'],
  gpu: ['machine', 'gpu'],
  gpu_memory: ['machine', 'gpu_memory'],
}

// Where the validation loss was lowest, which is the model that is kept, and whether it has risen since while the loss of
// training fell: then the network learns by heart. `above`: the last training loss lies above that of validation. Null
// before there are two points.
const RISEN = 2 // points after the lowest one that a rise is told from
const LEARNT = 0.02 // part of the lowest and of the first loss that the last one lies above the lowest at least
const LEAST = 0.02 // that it lies above the lowest: beside that of a loss near zero any rise is large

function bestOf(all) {
  const { x, y } = all['validation loss']
  if (y.length < 2) return null
  const lowest = y.reduce((least, value, i) => (value < y[least] ? i : least), 0)
  const later = y.length - 1 - lowest
  const means = epochMeans(all['train loss'], x)
  const then = means[lowest] ?? means.find((mean) => mean != null) // nothing was trained at the lowest point
  const high = y[lowest] + Math.max(LEARNT * Math.max(y[lowest], y[0]), LEAST)
  const rising = later >= RISEN && y.slice(lowest + 1).every((value) => value > y[lowest]) && y.at(-1) > high
  const trained = means.at(-1)
  return {
    epoch: x[lowest],
    overfit: rising && then != null && trained < (1 - LEARNT) * then,
    above: trained != null && trained > (1 + LEARNT) * y.at(-1),
  }
}

// The mean loss of training that came up to each of these epochs since the one before; the last one where none came.
function epochMeans({ x, y }, until) {
  let mean = null
  return until.map((end, i) => {
    const since = y.filter((_value, at) => x[at] > (i ? until[i - 1] : -Infinity) && x[at] <= end)
    if (since.length) mean = since.reduce((sum, value) => sum + value, 0) / since.length
    return mean
  })
}

// The points of another curve as the reader wants them smoothed: an exponential moving average that does not start at
// zero. `amount` from 0, for none, to below 1; then it has no points.
function smoothed(of) {
  const made = { x: [], y: [], rewritten: false, last: () => made.y.at(-1) }
  let drawn = ''
  made.follow = (amount) => {
    const { x, y } = of
    const now = `${amount} ${y.length} ${y.at(-1)}`
    if (now === drawn) return
    drawn = now
    made.rewritten = true
    let [sum, weight] = [0, 0]
    const mean = (value) => {
      sum = amount * sum + (1 - amount) * value
      weight = amount * weight + (1 - amount)
      return sum / weight
    }
    made.x.splice(0, Infinity, ...(amount ? x : []))
    made.y.splice(0, Infinity, ...(amount ? y.map(mean) : []))
  }
  return made
}

// All curves of a run by name. `add` sorts rows into them; machine rows run over seconds, the others over epochs.
function curves(metric) {
  const sources = { ...CURVES, metric: ['validation', metric], 'train metric': ['epoch', metric] }
  const all = Object.fromEntries(Object.keys(sources).map((name) => [name, curve()]))
  all.smooth = smoothed(all['train loss'])
  const add = ({ split, step, values }) => {
    for (const [name, [from, value]] of Object.entries(sources)) {
      if (split === from && value in values) all[name].put(step, values.epoch ?? step, values[value])
    }
  }
  return { all, add }
}
