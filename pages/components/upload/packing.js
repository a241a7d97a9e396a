// Loose files as one tar, in the pax format of POSIX.1-2001: what reads archives reads them, too. No byte of a file is
// read for it: the browser sends each from where it lies.

const TAR_BLOCK = 512
const ENCODER = new TextEncoder()

// Zeros up to the end of the last block.
const filling = (bytes) => new Uint8Array((TAR_BLOCK - (bytes % TAR_BLOCK)) % TAR_BLOCK)

function tarHeader(type, bytes) {
  const header = new Uint8Array(TAR_BLOCK)
  const put = (at, text) => header.set(ENCODER.encode(text), at)
  put(0, 'file') // the name is told before, in a record that takes any length and any script
  put(100, '0000644')
  put(124, bytes.toString(8).padStart(11, '0'))
  put(148, ' '.repeat(8)) // as the checksum is counted
  put(156, type)
  put(257, 'ustar\0' + '00')
  put(148, `${header.reduce((sum, one) => sum + one, 0).toString(8).padStart(6, '0')}\0`)
  return header
}

// “<length> path=<name>” and the end of the line, the length being that of all of it.
function nameRecord(name) {
  const rest = ENCODER.encode(` path=${name}\n`)
  let length = rest.length + 1
  while (`${length}`.length + rest.length > length) length += 1
  return new Uint8Array([...ENCODER.encode(`${length}`), ...rest])
}

// Called as the folder that all lie in, else as the first of them, and how many more there are.
function nameOf(items) {
  const folders = new Set(items.map(({ folder }) => folder.split('/')[0]))
  if (folders.size === 1 && !folders.has('')) return [...folders][0]
  return items.length === 1 ? items[0].file.name : `${items[0].file.name} + ${items.length - 1}`
}

function packed(items) {
  const parts = items.flatMap(({ file, folder }) => {
    const record = nameRecord(folder ? `${folder}/${file.name}` : file.name)
    return [
      tarHeader('x', record.length), record, filling(record.length),
      tarHeader('0', file.size), file, filling(file.size),
    ]
  })
  return { file: new File([...parts, new Uint8Array(2 * TAR_BLOCK)], nameOf(items)), folder: '' }
}
