// A sound by file, by microphone, or as one of the examples; what was given can be heard beside the answer.

import { el } from '../dom.js'
import { openExamples } from '../examples.js'
import { pickFiles } from '../files.js'
import { openMicrophone } from '../microphone.js'

const MOST = 50e6 // bytes
const LONGEST = 600 // seconds that are looked at
const KINDS = '.wav,.wave,.flac,.ogg,.oga,.opus,.mp3,.m4a'

export function form({ demo, model, words, answer, here }) {
  const player = el('audio', { controls: true, preload: 'auto' })
  words.spoken(player, 'play', 'aria-label')
  const moments = el('div')
  const heard = el('div', { class: 'give', hidden: true }, player, moments)
  let address = ''
  const give = async (blob, label) => {
    if (blob.size > MOST) return answer.refuse('too_large')
    URL.revokeObjectURL(address)
    address = URL.createObjectURL(blob)
    player.src = address
    moments.replaceChildren()
    heard.hidden = true
    const samples = await decoded(blob, model.sample_rate)
    if (!samples?.length) return answer.refuse('unreadable')
    heard.hidden = false
    const kept = samples.slice(0, LONGEST * model.sample_rate)
    const from = (place) => {
      player.currentTime = place
      player.play().catch(console.warn)
    }
    const answered = await answer.ask({ samples: kept }, label, from)
    if (answered) moments.append(...answer.beside(answered, from))
    if (samples.length > kept.length) moments.append(words.spoken(el('p', { class: 'muted' }), 'unheard'))
  }
  const pick = async ({ file, label }) => {
    const response = await fetch(new URL(file, here)).catch(() => null)
    if (!response?.ok) return answer.refuse('broken')
    give(await response.blob(), label)
  }
  const numbered = (_, n) => {
    const name = el('span')
    words.told(() => (name.textContent = words.say('example', { n })))
    return name
  }
  const examples = openExamples({ demo, words }, numbered, pick, 'names')
  const own = (blob) => {
    examples.release()
    give(blob)
  }
  const drop = pickFiles({ words, accept: KINDS, given: own })
  const microphone = openMicrophone({ words, rate: model.sample_rate, longest: LONGEST, heard: own, failed: (word) => answer.refuse(word), begun: () => player.pause() })
  drop.box.insertBefore(microphone.level, drop.buttons)
  drop.buttons.prepend(microphone.button)
  microphone.button.classList.add('first')
  drop.choose.classList.remove('first')
  return el('div', { class: 'try' }, el('div', { class: 'give' }, drop.box, heard), answer.box, examples.place)
}

// One channel at the model's rate: the mean of the channels. Nothing where it cannot be read.
async function decoded(blob, rate) {
  try {
    const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await blob.arrayBuffer())
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i))
    if (channels.length === 1) return channels[0]
    return Float32Array.from(channels[0], (_, at) => channels.reduce((sum, channel) => sum + channel[at], 0) / channels.length)
  } catch {
    return null
  }
}
