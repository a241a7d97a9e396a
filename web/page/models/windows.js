// A long recording in windows, cut where it is quiet; as cases/speech/transcription/predictor.py has it.

// Begin and end of each in samples; they touch.
export function windows(samples, told, rate) {
  const [longest, least, pause] = [told.longest, told.least, told.pause].map((seconds) => Math.round(seconds * rate))
  const found = []
  let start = 0
  while (samples.length - start > longest) {
    const end = start + least + quietest(samples.subarray(start + least, start + longest), pause) + Math.floor(pause / 2)
    found.push([start, end])
    start = end
  }
  return [...found, [start, samples.length]]
}

// Where the stretch of so many samples with the least power begins.
function quietest(samples, length) {
  const sums = new Float64Array(samples.length + 1)
  samples.forEach((sample, i) => (sums[i + 1] = sums[i] + sample * sample))
  let best = 0
  for (let at = 1; at + length <= samples.length; at++) {
    if (sums[at + length] - sums[at] < sums[best + length] - sums[best]) best = at
  }
  return best
}
