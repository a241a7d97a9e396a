// Where the reader is on the page: going to a step, and staying where one was through a reload.

const scroller = () => document.querySelector('[data-testid="stMain"]')
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches
const stepAt = (n) => document.querySelector(`.st-key-section_${n}`)

function goTo(n) {
  const step = stepAt(n)
  if (!step) return
  const fold = step.querySelector('[class*="st-key-fold_"] details, details[class*="st-key-fold_"]')
  if (fold && !fold.open) fold.querySelector('summary').click()
  step.scrollIntoView({ block: 'start', behavior: calm() ? 'instant' : 'smooth' })
}

// Whether any of step `n` can be seen.
function isSeen(n) {
  const place = stepAt(n)?.getBoundingClientRect()
  return Boolean(place) && place.bottom > 0 && place.top < innerHeight
}

// Keeps the position of `subject` and takes it up again after a reload, once the page is long enough.
function keepPlace(subject) {
  const main = scroller()
  const name = `casebook-place-${subject}`
  const reloaded = performance.getEntriesByType('navigation')[0]?.type === 'reload'
  const wanted = reloaded && !window.casebookPlaced ? Number(sessionStorage.getItem(name)) : 0
  window.casebookPlaced = true
  let [restoring, timer] = [wanted > 0, 0]
  const stop = () => { restoring = false }
  const began = Date.now()
  const restore = () => {
    if (!restoring) return
    if (main.scrollHeight - main.clientHeight >= wanted) main.scrollTop = wanted
    if (Date.now() - began < 4000) timer = setTimeout(restore, 200)
    else stop()
  }
  const keep = () => {
    if (!restoring) sessionStorage.setItem(name, String(Math.round(main.scrollTop)))
  }
  const own = ['wheel', 'touchstart', 'keydown', 'pointerdown']
  own.forEach((event) => addEventListener(event, stop, { passive: true }))
  main.addEventListener('scroll', keep, { passive: true })
  restore()
  return () => {
    clearTimeout(timer)
    own.forEach((event) => removeEventListener(event, stop))
    main.removeEventListener('scroll', keep)
  }
}
