// A few items watched while the network learns: what it says of each, at the epoch that the slider stands at.

// What a sample looks (or sounds, or reads) like: the answer's own type says how to show it, `player` that it is heard.
async function drawItem(box, address, player, language) {
  if (player) return box.replaceChildren(clip({ sound: `${address}&heard=1`, picture: address }, { words: player, language }).box)
  const answer = await fetch(address, { signal: AbortSignal.timeout(20_000) })
  if (!answer.ok) return
  const [kind] = answer.headers.get('content-type').split('/')
  const shown = document.createElement(kind === 'image' ? 'img' : 'q')
  if (kind === 'text') shown.title = shown.textContent = (await answer.text()).slice(0, 1000) // a box holds less
  else Object.assign(shown, { src: address, alt: '' }) // kept by the browser since the line above
  box.replaceChildren(shown)
}

// Of what somebody had, the newest on top.
function latest(titles) {
  const list = element('ul', 'cb-probe-had')
  list.append(...titles.map((title) => Object.assign(element('li', '', title), { title })))
  return list
}

function makeProbe(item, { item: address, player, language }) {
  const tile = element('li', 'cb-probe')
  const box = element('div', 'cb-probe-item')
  const label = element('p', 'cb-probe-label')
  label.append(element('strong', '', item.label), element('span', 'cb-live-muted'))
  label.title = item.label
  tile.append(box, label, item.top ? makeBars(item.top) : element('p', 'cb-probe-text'), makeLine())
  if (item.had) {
    const caption = () => element('p', 'cb-probe-caption')
    box.before(caption())
    label.before(caption())
    label.after(caption())
    box.append(latest(item.had))
  } else if (address) drawItem(box, `${address}&row=${item.row}`, player, language).catch(console.error)
  return tile
}

function makeBars(top) {
  const bars = element('ol', 'cb-probe-bars')
  for (const _ of top) {
    const bar = element('li', '')
    bar.append(element('i', ''), element('span', ''), element('b', ''))
    bars.append(bar)
  }
  return bars
}

function makeLine() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', `0 0 ${SPARK.width} ${SPARK.height}`)
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(...['path', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag)))
  return svg
}

function drawBars(tile, item, number) {
  tile.dataset.right = item.top[0][0] === item.label
  item.top.forEach(([name, share], i) => {
    const bar = tile.querySelector('.cb-probe-bars').children[i]
    bar.dataset.right = name === item.label
    bar.children[0].style.transform = `scaleX(${share})`
    bar.title = name
    write(bar.children[1], name)
    write(bar.children[2], number.share(share))
  })
}

// What was said beside what is written, word by word; a screen reader hears it once.
function drawText(tile, item, words) {
  tile.dataset.right = item.right === 1
  const text = tile.querySelector('.cb-probe-text')
  const told = JSON.stringify(item.pieces)
  if (text.dataset.told === told) return
  text.dataset.told = told
  text.replaceChildren(...differences(item.pieces, words))
  text.title = item.text
}

function drawProbe(tile, item, past, at, words, number) {
  const captions = [words.probes_had, words.probes_next, words.probes_recommended]
  tile.querySelectorAll('.cb-probe-caption').forEach((caption, i) => write(caption, captions[i]))
  write(tile.querySelector('.cb-probe-label span'), item.part === 'train' ? words.probes_train : '')
  if (item.top) drawBars(tile, item, number)
  else drawText(tile, item, words)
  const [line, now] = tile.querySelectorAll(':scope > svg path')
  line.setAttribute('d', sparkline(past, 1))
  const across = past.length > 1 ? ((at / (past.length - 1)) * SPARK.width).toFixed(1) : 0
  now.setAttribute('d', past.length > 1 ? `M${across} 0V${SPARK.height}` : '')
}

// `put` takes the rows of the split "probes" in any order; the newest epoch is shown until the slider is moved back.
function probes(root, data) {
  const section = root.querySelector('.cb-live-probes')
  const [list, slider] = [section.querySelector('ul'), section.querySelector('input')]
  const steps = new Map()
  let [watching, again] = [true, () => {}]
  slider.addEventListener('input', () => {
    watching = slider.value === slider.max
    again()
  })
  const draw = (words, number) => {
    again = () => draw(words, number)
    const told = [...steps.keys()].sort((a, b) => a - b).map((step) => steps.get(step))
    section.hidden = told.length === 0
    if (section.hidden) return
    slider.max = told.length - 1
    if (watching) slider.value = slider.max
    const at = Number(slider.value)
    const { epoch, items } = told[at]
    const when = epoch > 0 ? fill(words.probes_after, { n: number.rate(epoch) }) : words.probes_before
    write(section.querySelector('h4'), words.probes)
    write(section.querySelector('p'), words.probes_hint)
    write(section.querySelector('output'), when)
    slider.setAttribute('aria-label', words.epochs)
    slider.setAttribute('aria-valuetext', when)
    if (list.children.length === 0) list.append(...items.map((item) => makeProbe(item, data)))
    items.forEach((item, i) => {
      const past = told.map((one) => one.items[i].right)
      drawProbe(list.children[i], item, past, at, words, number)
    })
  }
  return { put: ({ step, values }) => steps.set(step, values), draw }
}
