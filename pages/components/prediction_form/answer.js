// What was given is asked about, and what the model says of it is drawn. States: idle, sending, answered, refused.

const LATE = 300 // ms of waiting after which it is said
const LONG = 1500 // ms of waiting after which it is asked whether the model is still starting

// What was said, with the times of its parts where it is long; the text can be taken along.
function told(answer, { words, language }, go) {
  const percent = new Intl.NumberFormat(language, { style: 'percent' })
  const line = document.createElement('li')
  line.className = 'cb-try-text'
  const piece = (name, text) => {
    const made = document.createElement(name)
    made.textContent = text
    return made
  }
  const [text] = answer.labels
  if (!text) {
    line.append(piece('p', words.silence))
    return [line]
  }
  for (const moment of answer.moments ?? []) {
    const part = piece('p', '')
    const time = piece('button', clock(moment.start))
    time.type = 'button'
    time.addEventListener('click', () => go(moment.start))
    part.append(time, ` ${moment.label}`)
    line.append(part)
  }
  if (!answer.moments?.length) line.append(piece('p', text))
  const copy = piece('button', words.copy)
  copy.type = 'button'
  copy.className = 'cb-try-copy'
  copy.addEventListener('click', () => {
    navigator.clipboard?.writeText(text).then(() => (copy.textContent = words.copied), console.warn)
  })
  line.append(copy, piece('small', words.sure.replace('{share}', percent.format(answer.probabilities[0]))))
  return [line]
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

// Before there is an answer: its place, with the classes that will be there, or lines of a text.
function drawExpected(place, { expected, more, written }) {
  const lines = written ? ['', '', ''] : [...expected, ...(more ? [more] : [])]
  place.replaceChildren(...lines.map((text, i) => {
    const line = document.createElement('p')
    line.textContent = text
    if (i < expected.length || written) line.append(document.createElement('i'))
    return line
  }))
}

// What an explanation of it goes by, as the page has it.
const keyOf = ({ key, row }) => key ?? `row${row}`

function openAsker(root) {
  const asker = { data: null, setTriggerValue: null }
  const find = (selector) => root.querySelector(selector)
  const sight = openSight(find('.cb-try-sight'))
  let [turn, late, long] = [0, 0, 0] // a later question overtakes an earlier one

  const enter = (state, message = '') => {
    clearTimeout(late)
    clearInterval(long)
    root.dataset.state = state
    find('.cb-try-message').textContent = message
  }
  const clear = () => {
    for (const place of root.querySelectorAll('.cb-try-verdict, .cb-try-note, .cb-try-more, .cb-try-tested')) place.hidden = true
    find('ol').replaceChildren()
    sight.show('')
  }
  const drawAnswer = () => {
    const { answer, data } = asker
    if (data.written) return find('ol').replaceChildren(...told(answer, data, (place) => asker.go?.(place)))
    drawBars(find('ol'), answer, data.language)
    put(find('.cb-try-more'), answer.labels.length === data.expected.length ? data.more : '')
    judge(root, answer, data)
  }
  const draw = (answer, label) => {
    enter('answered', label === undefined ? '' : asker.data.words.label.replace('{label}', () => label))
    sight.show(answer.shown, asker.data.words.seen, keyOf(answer))
    asker.answer = answer
    put(find('.cb-try-note'), (answer.notes ?? []).join(' '))
    drawAnswer()
  }
  const end = (state, message) => {
    turn += 1
    clear()
    enter(state, message)
  }
  asker.sight = sight
  asker.idle = () => end('idle', asker.data.words.idle)
  asker.refuse = (message) => end('refused', message)
  asker.inform = (answer) => {
    if (asker.data.listening) asker.setTriggerValue('answered', { key: answer.key, file: answer.file, row: answer.row, text: answer.text })
  }
  asker.reveal = () => find('.cb-try-answer').scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' })

  // Returns the answer, or nothing where there is none or a later question was asked meanwhile.
  asker.ask = async (query, body, label) => {
    const mine = ++turn
    enter('sending', find('.cb-try-message').textContent)
    const { url, token, language } = asker.data
    const reason = async () => {
      const response = await fetch(url, { headers: { 'X-Answer-Token': token } }).catch(() => null)
      const { starting } = response?.ok ? await response.json() : {}
      if (mine === turn && root.dataset.state === 'sending') find('.cb-try-message').textContent = asker.data.words[starting ? 'starting' : 'asking']
    }
    late = setTimeout(() => {
      enter('sending', asker.data.words.asking)
      long = setInterval(reason, LONG)
    }, LATE)
    let answer, good
    try {
      const address = `${url}?${new URLSearchParams({ ...query, lang: language })}`
      const response = await fetch(address, { method: 'PUT', headers: { 'X-Answer-Token': token }, body })
      ;[answer, good] = [await response.json(), response.ok]
    } catch {
      answer = { message: asker.data.words.lost }
    }
    if (mine !== turn) return null
    if (!good) return asker.refuse(answer.message)
    draw(answer, label)
    return answer
  }
  asker.write = () => {
    const { words } = asker.data
    for (const place of root.querySelectorAll('[data-say]')) place.textContent = words[place.dataset.say]
    for (const button of root.querySelectorAll('[data-do]')) button.textContent = words[button.dataset.do]
    drawExpected(find('.cb-try-expected'), asker.data)
    if (root.dataset.state === 'idle') enter('idle', words.idle)
    if (root.dataset.state === 'answered' && !asker.data.written) judge(root, asker.answer, asker.data)
    sight.write(words)
  }
  return asker
}

// The address changes with its token; what is drawn does not.
const addressOf = ({ example, token }, { id }) => `${example}?${new URLSearchParams({ token, row: id })}`

// Examples as buttons; `draw` makes what is in one, `pick` is called with the one that was clicked.
function drawExamples(root, { examples, words }, draw, pick) {
  const list = root.querySelector('.cb-try-examples div')
  const drawn = JSON.stringify(examples)
  if (list.dataset.drawn !== drawn) {
    list.dataset.drawn = drawn
    list.parentElement.hidden = examples.length === 0
    list.replaceChildren(...examples.map((one) => {
      const button = document.createElement('button')
      Object.assign(button, { type: 'button', ariaPressed: 'false' })
      button.dataset.row = one.id
      button.append(draw(one))
      button.addEventListener('click', () => pick(one))
      return button
    }))
  }
  for (const [i, button] of [...list.children].entries()) button.ariaLabel = words.example.replace('{n}', i + 1)
}

// `give` is called with the first file that is dropped, or chosen in one of the file fields.
function takeFiles(root, give) {
  for (const input of root.querySelectorAll('input[type="file"]')) {
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
}

function mark(root, row) {
  for (const button of root.querySelectorAll('[data-row]')) button.ariaPressed = String(button.dataset.row === row)
}

const marked = (root) => root.querySelector('[data-row][aria-pressed="true"]')?.dataset.row

// A component whose things are given by what `open(root, asker)` returns: write(), at every run of the page, end(), and
// where it holds a device rest(), once it is out of sight.
function giving(open) {
  const opened = new WeakMap()
  return lasting(({ data, parentElement, setTriggerValue }) => {
    const root = parentElement.querySelector('.cb-try')
    if (!opened.has(root)) {
      const asker = openAsker(root)
      const giver = open(root, asker)
      const watcher = new ResizeObserver(() => root.offsetWidth || giver.rest?.())
      watcher.observe(root)
      opened.set(root, { asker, giver, watcher })
    }
    const { asker, giver, watcher } = opened.get(root)
    Object.assign(asker, { data, setTriggerValue })
    asker.write()
    giver.write()
    return () => {
      watcher.disconnect()
      giver.end()
      asker.sight.end()
      opened.delete(root)
    }
  })
}
