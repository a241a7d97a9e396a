// The microphone: what it hears becomes a WAV at the model's rate, whatever the browser records.

import { el } from './dom.js'

const SHORTEST = 0.15 // seconds; less is a slip of the finger
const NOTHING = 1e-4 // of full scale; a microphone that is switched off gives less
const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true }

export function openMicrophone({ words, rate, longest, heard, failed, begun }) {
  const canvas = el('canvas', { 'aria-hidden': 'true' })
  const time = el('output', { 'aria-live': 'off' })
  const level = el('div', { class: 'level', hidden: true }, canvas, time)
  const button = el('button', { type: 'button', on: { click: () => (taking ? stop() : begin()) } })
  let [taking, opening] = [null, false]
  const write = () => {
    button.textContent = words.say(taking ? 'record_stop' : 'record')
    level.hidden = !taking
  }
  const begin = async () => {
    if (opening) return
    if (!navigator.mediaDevices) return failed('microphone_unsafe') // hidden from pages that came over plain http
    opening = true
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS, video: false })
      await listen(stream)
    } catch (error) {
      failed(error.name === 'NotAllowedError' ? 'microphone_denied' : 'microphone_none')
    } finally {
      opening = false
    }
  }
  const listen = async (stream) => {
    const context = new AudioContext()
    await context.audioWorklet.addModule(new URL('tap.js', import.meta.url))
    const tap = new AudioWorkletNode(context, 'tap')
    taking = { stream, context, chunks: [], peaks: [], seconds: 0, since: 0 }
    tap.port.onmessage = ({ data }) => taking && take(data)
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination) // which it gives silence
    begun()
    write()
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
      drawPeaks(canvas, peaks)
      time.textContent = `${Math.floor(taking.seconds / 60)}:${(taking.seconds % 60).toFixed(1).padStart(4, '0')}`
    }
    if (taking.seconds >= longest) stop()
  }
  const stop = async () => {
    const { stream, context, chunks, peaks, seconds } = taking
    for (const track of stream.getTracks()) track.stop()
    context.close()
    taking = null
    write()
    if (seconds < SHORTEST) return failed('microphone_short')
    if (Math.max(...peaks) < NOTHING) return failed('microphone_silent')
    heard(new Blob([wav(await resampled(chunks, context.sampleRate, rate), rate)], { type: 'audio/wav' }))
  }
  words.told(write)
  return { level, button }
}

async function resampled(chunks, from, rate) {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const offline = new OfflineAudioContext(1, Math.ceil((count * rate) / from), rate)
  const buffer = offline.createBuffer(1, count, from)
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
function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)))
  write(0, 'RIFF')
  write(8, 'WAVEfmt ')
  write(36, 'data')
  const numbers = [[4, 36 + 2 * samples.length], [16, 16], [24, rate], [28, 2 * rate], [40, 2 * samples.length]]
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
