// The microphone as one more way to choose a file: what it hears becomes a WAV at 16 kHz, whatever the browser records.

const HERTZ = 16_000
const SHORTEST = 0.15 // seconds; less is a slip of the finger
const NOTHING = 1e-4 // of full scale; a microphone that is switched off gives less
const TAP = `registerProcessor('cb-tap', class extends AudioWorkletProcessor {
  process([[channel]]) {
    if (channel) this.port.postMessage(channel.slice())
    return true
  }
})`
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true }

async function resampled(chunks, rate) {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const offline = new OfflineAudioContext(1, Math.ceil((count * HERTZ) / rate), HERTZ)
  const buffer = offline.createBuffer(1, count, rate)
  let at = 0
  for (const chunk of chunks) {
    buffer.copyToChannel(chunk, 0, at)
    at += chunk.length
  }
  const source = offline.createBufferSource()
  source.buffer = buffer
  source.connect(offline.destination)
  source.start()
  return (await offline.startRendering()).getChannelData(0)
}

// One channel of 16 bits.
function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)))
  write(0, 'RIFF')
  write(8, 'WAVEfmt ')
  write(36, 'data')
  const numbers = [[4, 36 + 2 * samples.length], [16, 16], [24, HERTZ], [28, 2 * HERTZ], [40, 2 * samples.length]]
  for (const [at, number] of numbers) view.setUint32(at, number, true)
  for (const [at, number] of [[20, 1], [22, 1], [32, 2], [34, 16]]) view.setUint16(at, number, true)
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, 32_767 * Math.max(-1, Math.min(1, sample)), true))
  return view
}

// The loudness of the last seconds, the newest at the right.
function drawPeaks(canvas, peaks) {
  const [width, height, step] = [canvas.clientWidth, canvas.clientHeight, 4]
  Object.assign(canvas, { width, height })
  const pen = canvas.getContext('2d')
  pen.fillStyle = getComputedStyle(canvas).color
  peaks.slice(-Math.floor(width / step)).reverse().forEach((peak, i) => {
    const tall = Math.max(2, height * Math.min(1, Math.sqrt(peak)))
    pen.fillRect(width - (i + 1) * step, (height - tall) / 2, step - 1, tall)
  })
}

// `place` has a canvas and an output; `heard(file)` gets each recording, of `longest` seconds at most.
function openMicrophone(place, { heard, failed, changed, longest }) {
  let taking = null // stream, context, chunks and peaks while it records
  let [opening, closed] = [false, false]
  const release = () => {
    const { stream, context } = taking
    for (const track of stream.getTracks()) track.stop()
    context.close()
    taking = null
    changed()
  }
  const begin = async () => {
    if (!navigator.mediaDevices) return failed('microphone_unsafe') // hidden from pages that came over plain http
    const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS, video: false }).catch((error) => {
      failed(error.name === 'NotAllowedError' ? 'microphone_denied' : 'microphone_none')
    })
    if (!stream) return
    if (closed) return stream.getTracks().forEach((track) => track.stop()) // the page was left while it was asked for
    const context = new AudioContext()
    const script = URL.createObjectURL(new Blob([TAP], { type: 'text/javascript' }))
    await context.audioWorklet.addModule(script)
    URL.revokeObjectURL(script)
    const tap = new AudioWorkletNode(context, 'cb-tap')
    const mine = { stream, context, chunks: [], peaks: [], seconds: 0, since: 0 }
    taking = mine
    tap.port.onmessage = ({ data }) => taking === mine && take(data)
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination) // which it gives silence
    changed()
  }
  const start = async () => {
    if (opening) return
    opening = true
    await begin().finally(() => { opening = false })
  }
  const take = (chunk) => {
    const { chunks, peaks, context } = taking
    chunks.push(chunk)
    taking.seconds += chunk.length / context.sampleRate
    const peak = chunk.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    if (taking.seconds - taking.since < 0.05 && peaks.length) peaks[peaks.length - 1] = Math.max(peaks.at(-1), peak)
    else {
      taking.since = taking.seconds
      peaks.push(peak)
      drawPeaks(place.querySelector('canvas'), peaks)
      place.querySelector('output').textContent = `${Math.floor(taking.seconds / 60)}:${(taking.seconds % 60).toFixed(1).padStart(4, '0')}`
    }
    if (taking.seconds >= longest) stop()
  }
  const stop = async () => {
    const { chunks, peaks, seconds, context } = taking
    const rate = context.sampleRate
    release()
    if (seconds < SHORTEST) return failed('microphone_short')
    if (Math.max(...peaks) < NOTHING) return failed('microphone_silent')
    const name = `recording-${new Date().toISOString().replace(/\D/g, '')}.wav`
    heard(new File([wav(await resampled(chunks, rate))], name, { type: 'audio/wav' }))
  }
  const close = () => {
    closed = true
    if (taking) release()
  }
  return { isOpen: () => taking !== null, toggle: () => (taking ? stop() : start()), close }
}
