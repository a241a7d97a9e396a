// Which runs are shown, and in which order: decided here, so that neither asks the server.

const searched = ({ name, tags, note, case: study, data, model, part, status, metric }) =>
  [name, ...tags, note, study, data, model, part, status, metric].join(' ').toLowerCase()

function filtered(rows, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => words.every((word) => searched(row).includes(word)))
}

// What has no value comes last, whichever way the others go.
function sorted(rows, { by, down }, language) {
  const { compare } = new Intl.Collator(language, { numeric: true })
  const missing = (value) => value == null || value === ''
  const order = (one, other) => {
    const [a, b] = [one[by], other[by]]
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b))
    const way = typeof a === 'number' ? a - b : compare(a, b)
    return down ? -way : way
  }
  return [...rows].sort(order)
}

const KEPT = 'casebook-runs' // what was typed and sorted by, through a reload

function kept() {
  try {
    const { by, down, typed } = JSON.parse(sessionStorage.getItem(KEPT))
    if (typeof by === 'string') return { sort: { by, down: Boolean(down) }, typed: String(typed) }
  } catch { /* nothing was kept, or it is not ours */ }
  return { sort: { by: 'created', down: true }, typed: '' }
}

const keep = ({ sort, typed }) => sessionStorage.setItem(KEPT, JSON.stringify({ ...sort, typed }))
