// A picture by file, by camera, by dropping or pasting it, or as one of the examples.

import { el } from '../dom.js'
import { openExamples, picture } from '../examples.js'
import { pickFiles } from '../files.js'

const MOST = 50e6 // bytes
const KINDS = '.jpg,.jpeg,.png,.webp,.avif,.bmp,.gif' // without HEIC, so that an iPhone sends JPEG

export function form({ demo, words, answer, here }) {
  const give = async (blob, label) => {
    if (blob.size > MOST) return answer.refuse('too_large')
    answer.see(blob)
    await answer.ask({ blob }, label)
  }
  const pick = async ({ file, label }) => {
    const response = await fetch(new URL(file, here)).catch(() => null)
    if (!response?.ok) return answer.refuse('broken')
    give(await response.blob(), label)
  }
  const examples = openExamples({ demo, words }, ({ file }) => picture(new URL(file, here)), pick)
  const own = (blob) => {
    examples.release()
    give(blob)
  }
  const camera = openCamera(words, own, (word) => answer.refuse(word))
  const native = el('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: true, on: { change: () => {
    if (native.files[0]) own(native.files[0])
    native.value = ''
  } } })
  // A phone has an app for its camera, which the file field opens, also where the page itself may not film.
  const film = () => (matchMedia('(pointer: coarse)').matches || !navigator.mediaDevices ? native.click() : camera.open())
  const drop = pickFiles({ words, accept: KINDS, given: own })
  drop.buttons.append(words.spoken(el('button', { type: 'button', on: { click: film } }), 'camera'), native)
  camera.instead = drop.box
  return el('div', { class: 'try' }, el('div', { class: 'give' }, drop.box, camera.box), answer.box, examples.place)
}

// The camera of a computer, in the page.
function openCamera(words, shot, failed) {
  const video = el('video', { muted: true, playsinline: true })
  const buttons = [['take', shoot], ['close', close]].map(([key, act], i) =>
    words.spoken(el('button', { type: 'button', class: i ? '' : 'first', on: { click: act } }), key))
  const box = el('div', { class: 'camera', hidden: true }, video, el('div', { class: 'buttons' }, ...buttons))
  const camera = { box, instead: null, open }
  let stream = null
  async function open() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false })
    } catch (error) {
      return failed(error.name === 'NotAllowedError' ? 'camera_denied' : 'camera_none')
    }
    video.srcObject = stream
    await video.play()
    turn(true)
    buttons[0].focus()
  }
  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = null
    video.srcObject = null
    turn(false)
  }
  function turn(on) {
    box.hidden = !on
    camera.instead.hidden = on
  }
  function shoot() {
    const canvas = el('canvas', { width: video.videoWidth, height: video.videoHeight })
    canvas.getContext('2d').drawImage(video, 0, 0)
    close()
    canvas.toBlob(shot, 'image/jpeg', 0.92)
  }
  return camera
}
