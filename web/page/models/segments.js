// A long sound in windows as long as the recordings that the model learnt from; as cases/speech/segments.py has it.

const MOST = 240 // windows
const [QUIET, NOTHING] = [1e-4, 1e-7] // of the loudest step's power; power itself

// The labels of a sound one after the other; none where it is hardly longer than a window.
export async function moments(samples, { window, sample_rate: rate, classes }, ask) {
  const size = Math.round(window * rate)
  if (samples.length < 2 * size) return []
  const step = Math.max(Math.floor(size / 2), Math.ceil((samples.length - size) / (MOST - 1)))
  const starts = []
  for (let at = 0; at < Math.min(samples.length - size + step, samples.length); at += step) starts.push(at)
  const asked = []
  for (const start of starts) asked.push(await ask(samples.slice(start, start + size)))
  const covered = asked.map((shares, i) => Array.from(shares, (share, k) => (i && step < size ? (share + asked[i - 1][k]) / 2 : share)))
  const silent = silence(samples, starts)
  const best = covered.map((shares, i) => (silent[i] ? classes.length : shares.indexOf(Math.max(...shares))))
  return joined([...starts, samples.length].map((at) => at / rate), best, covered, [...classes, ''])
}

function silence(samples, starts) {
  const powers = starts.map((start, i) => {
    const end = starts[i + 1] ?? samples.length
    let sum = 0
    for (let at = start; at < end; at++) sum += samples[at] ** 2
    return sum / (end - start)
  })
  const bound = Math.max(QUIET * Math.max(...powers), NOTHING)
  return powers.map((power) => power <= bound)
}

// Neighbours with the same likeliest label are one moment.
function joined(edges, best, shares, labels) {
  const found = []
  for (let begin = 0; begin < best.length; ) {
    let end = begin
    let sum = 0
    for (; end < best.length && best[end] === best[begin]; end++) sum += shares[end][best[begin]] ?? 0
    found.push({ start: edges[begin], stop: edges[end], label: labels[best[begin]], probability: sum / (end - begin) })
    begin = end
  }
  return found
}
