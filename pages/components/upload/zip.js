// The names in a zip, from its directory at the end: however large it is, little of it is read.

const [ENTRY, END, END_64, NO_MORE] = [0x02014b50, 0x06054b50, 0x07064b50, 0xffffffff]
const MOST_DIRECTORY = 64e6 // bytes; hundreds of thousands of names

const viewOf = async (file, start, end) => new DataView(await file.slice(start, end).arrayBuffer())

// UTF-8, or GB18030 as Chinese Windows writes it without a word, else what can read anything.
function decoded(bytes) {
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes)
    } catch {}
  }
  return new TextDecoder('latin1').decode(bytes)
}

// Where the directory begins, and its length.
async function directoryOf(file) {
  const start = Math.max(0, file.size - 65_557) // behind it a comment may follow
  const tail = await viewOf(file, start, file.size)
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue
    const [length, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)]
    if (from !== NO_MORE || at < 20 || tail.getUint32(at - 20, true) !== END_64) return [from, length]
    const place = Number(tail.getBigUint64(at - 12, true))
    const large = await viewOf(file, place, place + 56)
    return [Number(large.getBigUint64(48, true)), Number(large.getBigUint64(40, true))]
  }
  return null
}

// { names, encrypted }, without folders; null where it is no zip, or one that cannot be looked into so.
async function namesInZip(file) {
  const place = await directoryOf(file)
  if (!place || place[1] > MOST_DIRECTORY) return null
  const directory = await viewOf(file, place[0], place[0] + place[1])
  const names = []
  let encrypted = false
  for (let at = 0; at + 46 <= directory.byteLength; ) {
    if (directory.getUint32(at, true) !== ENTRY) return null
    const [flags, length, extra, comment] = [8, 28, 30, 32].map((one) => directory.getUint16(at + one, true))
    const name = decoded(new Uint8Array(directory.buffer, at + 46, length))
    if (!name.endsWith('/')) names.push(name)
    encrypted ||= Boolean(flags & 1)
    at += 46 + length + extra + comment
  }
  return { names, encrypted }
}
