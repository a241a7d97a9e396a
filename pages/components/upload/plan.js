// How what was chosen will be read, before it is sent: parts, classes and counts of an archive, by the rules of the reader.

const SYSTEM = new Set(['__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini'])
const PARTS = ['', 'train', 'validation', 'test']
const MOST_CLASSES = 8

const endsWith = (name, endings) => endings.split(',').some((one) => one && name.toLowerCase().endsWith(one))

// Part → class → how many, and what else there is.
function groupsOf(names, { labelled, tables, parts }) {
  const found = { groups: new Map(), tables: [], files: 0, loose: 0, others: 0 }
  for (const name of names) {
    const way = name.split('/').filter((one) => one && one !== '.')
    if (way.some((one) => one.startsWith('.') || SYSTEM.has(one.toLowerCase()))) continue
    const partOf = (folder) => parts[folder.toLowerCase()] ?? ''
    const [item, table, folder] = [endsWith(name, labelled), endsWith(name, tables), way.at(-2)]
    const homeless = !folder || Boolean(partOf(folder))
    if (table && (!item || homeless)) found.tables.push(way.at(-1))
    else if (!item) found.others += 1
    else if (homeless) found.loose += 1
    found.files += item ? 1 : 0
    if (!item || homeless) continue
    const part = way.slice(0, -2).map(partOf).find(Boolean) ?? ''
    const classes = found.groups.get(part) ?? new Map()
    found.groups.set(part, classes.set(folder, (classes.get(folder) ?? 0) + 1))
  }
  return found
}

// `lines` of a tree and `warnings`; a file that cannot be looked into has none of either but a line that says so.
async function planOf(file, data, testing) {
  const { words, language } = data
  const counted = (n) => new Intl.NumberFormat(language).format(n)
  if (!/\.zip$/i.test(file.name)) {
    return { lines: endsWith(file.name, data.tables) ? [] : [{ text: words.plan_later }], warnings: [] }
  }
  const inside = await namesInZip(file).catch(() => null)
  if (inside === null) return { lines: [], warnings: [words.plan_no_zip] }
  const found = groupsOf(inside.names, data)
  const classes = new Set([...found.groups.values()].flatMap((some) => [...some.keys()]))
  const [lines, warnings] = [[], []]
  if (classes.size) lines.push({ text: fill(words.plan_classes, { n: counted(classes.size), files: counted(found.files) }) })
  for (const part of PARTS.filter((one) => found.groups.has(one))) {
    const some = found.groups.get(part)
    if (part) lines.push({ text: words.parts[part], depth: 1 })
    const sorted = [...some].sort(([a], [b]) => (a < b ? -1 : 1)) // as the classes of a data set are
    for (const [name, n] of sorted.slice(0, MOST_CLASSES)) {
      lines.push({ text: name, count: counted(n), depth: part ? 2 : 1 })
    }
    const more = sorted.length - MOST_CLASSES
    if (more > 0) lines.push({ text: fill(words.plan_more, { n: counted(more) }), depth: part ? 2 : 1 })
  }
  for (const name of found.tables.slice(0, 3)) lines.push({ text: name, depth: 1 })
  if (found.loose && classes.size) lines.push({ text: fill(words.plan_loose, { n: counted(found.loose) }) })
  if (found.others) lines.push({ text: fill(words.plan_others, { n: counted(found.others) }) })
  if (inside.encrypted) warnings.push(words.plan_encrypted)
  else if (!found.files && !found.tables.length) warnings.push(words.plan_nothing)
  else if (!found.tables.length && !classes.size) warnings.push(fill(words.plan_loose, { n: counted(found.loose) }))
  else if (!found.tables.length && classes.size === 1 && !testing) warnings.push(words.plan_one_class)
  return { lines, warnings }
}

// One file of the plan: its name and size, its tree, and what will be refused.
function drawPlan(file, { lines, warnings }, told, inBytes) {
  const made = (tag, name, ...inside) => {
    const one = document.createElement(tag)
    one.className = name
    one.append(...inside)
    return one
  }
  const tree = lines.map(({ text, count, depth = 0 }) => {
    const line = made('li', '', made('span', '', text), ...(count ? [made('b', '', count)] : []))
    line.dataset.depth = depth
    return line
  })
  const head = made('p', 'cb-plan-head', made('b', '', told), ` ${file.name} · ${inBytes(file.size)}`)
  return made('div', 'cb-plan', head, made('ul', '', ...tree), ...warnings.map((text) => made('p', 'cb-plan-warning', text)))
}
