// Where the reader is on the page: going to a step, and staying where one was through a reload.

const scroller = () => document.querySelector('[data-testid="stMain"]')
const SLACK = 32 // pixels: a step that begins so little below the bar is the one that is read
const OWN = ['wheel', 'touchstart', 'keydown', 'pointerdown'] // what the reader does; from then on the page follows that
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches
const drawn = (step) => (step?.offsetHeight ? step : null) // a page that is not so far yet keeps empty places
const stepAt = (n) => drawn(document.querySelector(`.st-key-section_${n}`))

const foldOf = (step) => step.querySelector('[class*="st-key-fold_"] details, details[class*="st-key-fold_"]')

function openFold(n) {
  const fold = stepAt(n) && foldOf(stepAt(n))
  if (fold && !fold.open) fold.querySelector('summary').click()
}

function goTo(n) {
  const step = stepAt(n)
  if (!step) return
  openFold(n)
  step.scrollIntoView({ block: 'start', behavior: calm() ? 'instant' : 'smooth' })
}

let leave = () => {}

// Stays where step `n` begins: what stands above may still come, and browsers do not always make up for it. It ends as
// soon as the page is scrolled otherwise, as by a search in it.
function stayAt(n) {
  leave()
  const [main, until] = [scroller(), Date.now() + 10_000]
  let [timer, arrived, top, begin] = [0, false, -1, 0]
  const look = () => {
    const step = stepAt(n)
    if (!step || Date.now() > until) return leave()
    const [stands, moved] = [main.scrollTop === top, Math.round(beginOf(main, step)) !== begin]
    if (arrived && !stands && !moved) return leave()
    if (arrived ? moved : stands) step.scrollIntoView({ block: 'start', behavior: 'instant' })
    arrived ||= stands
    ;[top, begin] = [main.scrollTop, Math.round(beginOf(main, step))]
    timer = setTimeout(look, 200)
  }
  leave = () => {
    clearTimeout(timer)
    OWN.forEach((event) => removeEventListener(event, leave))
  }
  OWN.forEach((event) => addEventListener(event, leave, { passive: true }))
  look()
}

// Goes to step `n` for somebody who asked for it: Tab goes on from there, and what still comes does not push it away.
function enter(n) {
  goTo(n)
  const step = stepAt(n)
  if (!step) return
  step.tabIndex = -1
  step.focus({ preventScroll: true })
  stayAt(n)
}

// Whether any of step `n` can be seen.
function isSeen(n) {
  const place = stepAt(n)?.getBoundingClientRect()
  return Boolean(place) && place.bottom > 0 && place.top < innerHeight
}

// How far the page is scrolled where a step begins just below the bar that stays.
function beginOf(main, step) {
  const bar = document.querySelector('.st-key-run_header')?.offsetHeight ?? 0
  return step.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop - bar
}

// The step that is read and how far into it, for after a reload steps may be folded that were not, or the other way.
function placeNow(main) {
  for (let n = 7; n > 0; n--) {
    const step = stepAt(n)
    const into = step ? main.scrollTop - beginOf(main, step) : -Infinity
    if (into > -SLACK) return { n, into: Math.round(into) }
  }
  return { n: 0, into: Math.round(main.scrollTop) }
}

// The step that is read, from 1 on: below those that are folded to a line the next one; at the end of the page the
// last one, which no scrolling brings up to the bar.
function stepRead(main) {
  const ended = main.scrollTop > 0 && main.scrollTop + main.clientHeight >= main.scrollHeight - SLACK
  const last = ended && [7, 6, 5, 4, 3, 2, 1].find((n) => stepAt(n))
  if (last) return last
  const folded = (n) => { const fold = stepAt(n) && foldOf(stepAt(n)); return Boolean(fold) && !fold.open }
  let n = Math.max(1, placeNow(main).n)
  while (folded(n) && stepAt(n + 1)) n++
  return n
}

function topOf(main, { n, into }) {
  const step = n ? stepAt(n) : null
  return n && !step ? Infinity : (step ? beginOf(main, step) + Math.min(into, step.offsetHeight) : into)
}

// What unfolds on the page, by the class that Streamlit makes of its key.
function folds() {
  return [...document.querySelectorAll('[data-testid="stExpander"]')].flatMap((box) => {
    const name = [box, box.parentElement].flatMap((one) => [...one.classList]).find((one) => one.startsWith('st-key-'))
    return name ? [{ name, fold: box.querySelector('details') }] : []
  })
}

const opened = () => folds().filter(({ fold }) => fold.open).map(({ name }) => name)

// Opens those of the `names` that are there by now; returns the others, which may stand in one that is opened first.
function unfold(names) {
  const there = folds().filter(({ name }) => names.includes(name))
  there.filter(({ fold }) => !fold.open).forEach(({ fold }) => fold.querySelector('summary').click())
  return names.filter((name) => !there.some((one) => one.name === name))
}

// Keeps the position of `subject`, with what is unfolded, and takes it up again after a reload, once the page is long
// enough. Who comes by an address that names a step, `asked`, is led there.
function keepPlace(subject, asked) {
  const main = scroller()
  const name = `casebook-place-${subject}`
  const reloaded = performance.getEntriesByType('navigation')[0]?.type === 'reload'
  const kept = reloaded && !window.casebookPlaced ? JSON.parse(sessionStorage.getItem(name)) : null
  const wanted = kept ?? (asked ? { n: asked, into: 0, open: [] } : null)
  window.casebookPlaced = true
  let [restoring, timer, shut] = [Boolean(wanted), 0, wanted?.open ?? []]
  const stop = () => { restoring = false }
  let until = Date.now() + 30_000 // a page that takes longer is not waited for
  const restore = () => {
    if (!restoring) return
    if (document.querySelector('[role="dialog"]')) return stop() // a press there is lost while the page below moves
    shut = unfold(shut)
    if (!kept) openFold(asked)
    const top = topOf(main, wanted)
    if (Number.isFinite(top)) {
      main.scrollTop = top // as far as the page goes; what is above and below may still grow
      until = Math.min(until, Date.now() + 6000)
    }
    if (Date.now() < until) timer = setTimeout(restore, 200)
    else stop()
  }
  const keep = () => {
    if (!restoring) sessionStorage.setItem(name, JSON.stringify({ ...placeNow(main), open: opened() }))
  }
  OWN.forEach((event) => addEventListener(event, stop, { passive: true }))
  main.addEventListener('scroll', keep, { passive: true })
  addEventListener('pagehide', keep) // steps may have grown since
  restore()
  return () => {
    clearTimeout(timer)
    OWN.forEach((event) => removeEventListener(event, stop))
    main.removeEventListener('scroll', keep)
    removeEventListener('pagehide', keep)
  }
}
