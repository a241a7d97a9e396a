// The waveform of a sound that has no picture yet, drawn in the browser in the colours of those that the server draws.

const SIZE = { width: 320, height: 64 }

async function waveform(address) {
  const content = await (await fetch(address)).arrayBuffer()
  const samples = (await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(content)).getChannelData(0)
  const canvas = Object.assign(document.createElement('canvas'), SIZE)
  const pen = canvas.getContext('2d')
  const loudest = Math.max(1e-3, samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0))
  const middle = SIZE.height / 2
  pen.fillStyle = 'rgb(250 250 248)'
  pen.fillRect(0, 0, SIZE.width, SIZE.height)
  pen.fillStyle = 'rgb(38 52 94)'
  for (let x = 0; x < SIZE.width; x += 1) {
    const [start, stop] = [x, x + 1].map((at) => Math.floor((at * samples.length) / SIZE.width))
    const some = samples.subarray(start, Math.max(stop, start + 1))
    const [low, high] = [Math.min(...some), Math.max(...some)].map((value) => (middle * value) / loudest)
    pen.fillRect(x, middle - high, 1, Math.max(1, high - low))
  }
  return canvas.toDataURL()
}
