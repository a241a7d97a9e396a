// What was dropped or chosen, as files with the path of the folder each of them lay in.

// The same rule as the browser's own dialogue, which a dropped file does not pass.
function accepted(file, accept) {
  const rules = accept.split(',').map((rule) => rule.trim().toLowerCase()).filter(Boolean)
  const [name, type] = [file.name.toLowerCase(), file.type.toLowerCase()]
  const fits = (rule) =>
    rule.startsWith('.') ? name.endsWith(rule) : rule.endsWith('/*') ? type.startsWith(rule.slice(0, -1)) : type === rule
  return rules.length === 0 || rules.some(fits)
}

// What to do with a file of a kind that is known and not read, by its ending.
function advised(file, advice) {
  const ending = Object.keys(advice ?? {}).find((one) => file.name.toLowerCase().endsWith(one))
  return ending ? advice[ending] : null
}

function chosen(input) {
  return [...input.files].map((file) => ({ file, folder: file.webkitRelativePath.split('/').slice(0, -1).join('/') }))
}

// The entries must be asked for before anything is waited for: the transfer is emptied then.
async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === 'file')
  const roots = items.map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()])
  const found = await Promise.all(roots.map(([entry, file]) => (entry?.isDirectory ? walked(entry) : [{ file, folder: '' }])))
  return found.flat()
}

async function walked(folder) {
  const reader = folder.createReader()
  const found = []
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)) // a hundred at a time
    if (entries.length === 0) return found
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(await walked(entry)))
      else found.push({ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), folder: folder.fullPath.slice(1) })
    }
  }
}
