// One thing is given, by file, camera or example, and what the model says of it is drawn. States: idle, sending,
// answered, refused.

const triers = new WeakMap()

// A phone has an app for its camera, which the file field opens, also where the page itself may not film.
const usesItsOwnApp = () => matchMedia('(pointer: coarse)').matches || !navigator.mediaDevices

function bar(label, share, language) {
  const line = document.createElement('li')
  const percent = new Intl.NumberFormat(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  for (const text of [label, percent.format(share)]) {
    const part = document.createElement('span')
    part.textContent = text
    line.append(part)
  }
  const track = document.createElement('div')
  track.className = 'cb-try-bar'
  track.append(document.createElement('div'))
  track.firstElementChild.style.width = `${Math.max(100 * share, 0.5)}%`
  line.append(track)
  return line
}

function example({ id, src, label }, number, name, pick) {
  const button = document.createElement('button')
  Object.assign(button, { type: 'button', ariaPressed: 'false', ariaLabel: name.replace('{n}', number) })
  Object.assign(button.dataset, { row: id, label })
  const picture = document.createElement('img')
  Object.assign(picture, { src, alt: '', loading: 'lazy' })
  button.append(picture)
  button.addEventListener('click', () => pick(id, label))
  return button
}

function openTrier(root) {
  const trier = { data: null, setTriggerValue: null, asked: 0 }
  const find = (selector) => root.querySelector(selector)
  const words = () => trier.data.words
  const image = find('.cb-try-answer img')

  const enter = (state, message = '') => {
    root.dataset.state = state
    find('.cb-try-message').textContent = message
  }
  const clear = () => {
    find('ol').replaceChildren()
    image.hidden = true
  }
  const draw = (answer, label) => {
    enter('answered', label === undefined ? '' : words().label.replace('{label}', () => label))
    image.hidden = !answer.shown
    Object.assign(image, { src: answer.shown, alt: words().seen })
    const bars = answer.labels.map((label, i) => bar(label, answer.probabilities[i], trier.data.language))
    find('ol').replaceChildren(...bars)
    find('.cb-try-answer').scrollIntoView({ block: 'nearest', behavior: 'smooth' })
    trier.setTriggerValue('answered', { key: answer.key, file: answer.file, row: answer.row })
  }
  const ask = async (query, body, label) => {
    const turn = ++trier.asked // a later question overtakes an earlier one
    enter('sending', words().asking)
    let answer, good
    try {
      const { url, token, language } = trier.data
      const address = `${url}?${new URLSearchParams({ ...query, lang: language })}`
      const response = await fetch(address, { method: 'PUT', headers: { 'X-Answer-Token': token }, body })
      ;[answer, good] = [await response.json(), response.ok]
    } catch {
      answer = { message: words().lost }
    }
    if (turn !== trier.asked) return
    if (good) return draw(answer, label)
    clear()
    enter('refused', answer.message)
  }
  const mark = (row) => {
    for (const button of root.querySelectorAll('[data-row]')) button.ariaPressed = String(button.dataset.row === row)
  }
  const give = (file) => {
    mark(null)
    if (file.size <= trier.data.max_bytes) return ask({ name: file.name }, file)
    trier.asked += 1
    clear()
    enter('refused', words().too_large)
  }
  const pick = (row, label) => {
    mark(row)
    ask({ row }, undefined, label)
  }

  const camera = openCamera(root, {
    shot: (file) => {
      camera.close()
      give(file)
    },
    failed: (name) => enter('refused', words()[name]),
    changed: () => {},
  })
  const native = find('[data-for="camera"]')
  const actions = {
    choose: () => find('[data-for="choose"]').click(),
    camera: () => (usesItsOwnApp() ? native.click() : camera.toggle()),
    take: camera.shoot,
    close: camera.close,
  }
  for (const [name, act] of Object.entries(actions)) find(`[data-do="${name}"]`).addEventListener('click', act)
  for (const input of root.querySelectorAll('input')) {
    input.addEventListener('change', () => {
      if (input.files.length) give(input.files[0])
      input.value = '' // so that the same file can be chosen twice
    })
  }
  root.addEventListener('dragover', (event) => {
    event.preventDefault()
    root.toggleAttribute('data-over', true)
  })
  root.addEventListener('dragleave', () => root.removeAttribute('data-over'))
  root.addEventListener('drop', (event) => {
    event.preventDefault()
    root.removeAttribute('data-over')
    if (event.dataTransfer.files.length) give(event.dataTransfer.files[0])
  })

  trier.write = () => {
    for (const place of root.querySelectorAll('[data-say]')) place.textContent = words()[place.dataset.say]
    for (const button of root.querySelectorAll('[data-do]')) button.textContent = words()[button.dataset.do]
    find('[data-for="choose"]').accept = trier.data.accept
    if (root.dataset.state === 'idle') enter('idle', words().idle)
    const drawn = JSON.stringify(trier.data.examples)
    if (trier.drawn === drawn) return
    trier.drawn = drawn
    find('.cb-try-examples').hidden = trier.data.examples.length === 0
    find('.cb-try-examples div').replaceChildren(
      ...trier.data.examples.map((one, i) => example(one, i + 1, words().example, pick)),
    )
  }
  trier.end = camera.close
  return trier
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-try')
  if (!triers.has(root)) triers.set(root, openTrier(root))
  const trier = triers.get(root)
  Object.assign(trier, { data, setTriggerValue })
  trier.write()
  return () => {
    trier.end()
    triers.delete(root)
  }
}
