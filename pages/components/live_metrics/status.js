// Where the run stands: the four phases, the status line, the progress bar and the notes.

const A_MINUTE = 60 // seconds; what ends sooner needs no time of day
const PHASES = ['preparing', 'training', 'evaluating', 'exporting']

function element(tag, name, text = '') {
  const made = document.createElement(tag)
  made.className = name
  made.textContent = text
  return made
}

// `kept`: what a stopped run had learnt was evaluated and packed by work of its own.
function drawPhases(list, words, { status, phase }, kept) {
  if (list.children.length === 0) {
    const parts = () => [element('span', 'cb-live-mark'), element('span', 'cb-live-phase'), element('span', 'cb-live-spoken')]
    for (const _ of PHASES) list.append(element('li', ''))
    for (const item of list.children) item.append(...parts())
  }
  const now = status === 'done' ? PHASES.length : PHASES.indexOf(phase)
  PHASES.forEach((name, i) => {
    const item = list.children[i]
    const done = i < now || (kept && i > now)
    item.dataset.state = done ? 'done' : i > now ? 'ahead' : status
    if (i === now) item.setAttribute('aria-current', 'step')
    else item.removeAttribute('aria-current')
    write(item.children[1], words[`phase_${name}`])
    write(item.children[2], done ? words.status_done : '')
  })
}

function detail(words, number, { status, phase, queue_position: before, begins_in: wait, attempt, progress }) {
  if (status === 'queued') {
    if (before === null) return ''
    const soon = wait > 0 ? [fill(words.begins, { time: duration(wait, words.durations) })] : []
    return [before > 0 ? fill(words.queue, { n: number.count(before) }) : words.next, ...soon].join(' · ')
  }
  const parts = phase === 'starting' ? [words.starting] : []
  if (phase !== 'starting' && progress?.epochs && progress.epoch !== null) {
    const present = Math.min(progress.epochs, Math.floor(progress.epoch) + 1)
    parts.push(fill(words.epoch, { n: number.count(present), total: number.count(progress.epochs) }))
  }
  if (attempt > 1) parts.push(fill(words.attempt, { n: number.count(attempt) }))
  return parts.join(' · ')
}

function drawBar(bar, part, text) {
  bar.firstElementChild.style.transform = `scaleX(${part})`
  bar.setAttribute('aria-valuenow', Math.round(100 * part))
  bar.setAttribute('aria-label', text)
}

function drawNotes(list, notes) {
  if (notes.join('\n') === [...list.children].map((item) => item.textContent).join('\n')) return
  list.replaceChildren(...notes.map((note) => element('li', '', note)))
}

function drawStatus(root, words, number, answer, kept) {
  const { status, progress, notes } = answer
  const running = status === 'running'
  const say = (name, text) => write(root.querySelector(`[data-say="${name}"]`), text)
  const counts = running && progress
    ? fill(words[`progress_${progress.what}`] ?? '', { n: number.count(progress.done), total: number.count(progress.total) })
    : ''
  const part = status === 'done' ? 1 : progress?.total ? Math.min(1, progress.done / progress.total) : 0
  root.dataset.status = status
  drawPhases(root.querySelector('.cb-live-phases'), words, answer, kept)
  say('status', words[`status_${status}`])
  say('detail', detail(words, number, answer))
  const left = progress?.what === 'training' ? words.left : words.left_of_this // other steps follow one another
  say('left', running && progress?.eta != null ? fill(left, { time: duration(progress.eta, words.durations) }) : '')
  const late = running && progress?.what === 'training' && progress.eta >= A_MINUTE
  say('ends', late ? fill(words.ends, { clock: number.clock(progress.eta) }) : '')
  say('counts', counts)
  const items = progress?.what !== 'training' // its speed in items stands in a tile; this would be steps
  say('rate', running && items && progress?.rate != null ? fill(words.pace, { n: number.rate(progress.rate) }) : '')
  const bar = root.querySelector('.cb-live-bar')
  bar.toggleAttribute('data-waiting', running && part === 0) // nothing is counted yet: it moves all the same
  drawBar(bar, part, counts || words[`status_${status}`])
  drawNotes(root.querySelector('.cb-live-notes'), notes)
}

function drawBest(line, words, number, best, finished) {
  const overfit = best?.epoch ? words.overfit : words.overfit_at_once
  const told = best?.overfit ? overfit : finished ? words.best_of_all : words.best
  const above = best?.above && !best.overfit ? ` ${words.above}` : ''
  write(line, best ? fill(told, { n: number.rate(best.epoch) }) + above : '')
  line.toggleAttribute('data-overfit', Boolean(best?.overfit))
}

function drawReconnecting(root, words) {
  root.dataset.status = 'reconnecting'
  write(root.querySelector('[data-say="status"]'), words.reconnecting)
}
