// A picture as the app decodes it: upright, on white, colours as they are stored; the rest lies inside the ONNX file.

import { ranked, refusal } from './probabilities.js'

const MOST = 16_000_000 // pixels of a canvas on some phones
const ENOUGH = 4 // times the pixels that the network takes in; beyond, a picture is reduced at once, as in the app

export async function open(model, { session, tensor }) {
  const network = await session(model.file)
  const answer = async ({ blob }) => {
    const { data, width, height } = reduced(await decoded(blob), ENOUGH * model.resize_size)
    const { probabilities } = await network.run({ pixels: tensor('uint8', data, [height, width, 3]) })
    return ranked(model.classes, probabilities.data)
  }
  await network.run({ pixels: tensor('uint8', new Uint8Array(32 * 32 * 3), [32, 32, 3]) }) // the first run sets memory up
  return answer
}

async function decoded(blob) {
  const options = { imageOrientation: 'from-image', colorSpaceConversion: 'none' }
  const bitmap = await createImageBitmap(blob, options).catch(() => { throw refusal('unreadable') })
  const scale = Math.min(1, Math.sqrt(MOST / (bitmap.width * bitmap.height)))
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)))
  const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, width, height)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return { data: withoutAlpha(pen.getImageData(0, 0, width, height).data), width, height }
}

function withoutAlpha(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]
    rgb[to++] = rgba[from + 1]
    rgb[to++] = rgba[from + 2]
  }
  return rgb
}

// Blocks of many times the pixels needed become their mean, as Pillow's `reduce` has it; those at the edges are smaller.
export function reduced(picture, enough) {
  const { data, width, height } = picture
  const factor = Math.floor(Math.min(width, height) / enough)
  if (factor < 2) return picture
  const [across, down] = [Math.ceil(width / factor), Math.ceil(height / factor)]
  const small = new Uint8Array(across * down * 3)
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const [right, bottom] = [Math.min((x + 1) * factor, width), Math.min((y + 1) * factor, height)]
      let [red, green, blue] = [0, 0, 0]
      for (let v = y * factor; v < bottom; v++) {
        for (let at = (v * width + x * factor) * 3, end = (v * width + right) * 3; at < end; at += 3) {
          red += data[at]
          green += data[at + 1]
          blue += data[at + 2]
        }
      }
      const n = (right - x * factor) * (bottom - y * factor)
      const to = (y * across + x) * 3
      small[to] = Math.round(red / n)
      small[to + 1] = Math.round(green / n)
      small[to + 2] = Math.round(blue / n)
    }
  }
  return { data: small, width: across, height: down }
}
