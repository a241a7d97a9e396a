// The rail. Streamlit calls the default function at the mount and after every rerun.

const KEYS = 'casebook-step-keys'
const rails = new WeakMap()

const made = (tag, name, text = '') => Object.assign(document.createElement(tag), { className: name, textContent: text })
const keysOn = () => localStorage.getItem(KEYS) !== 'off'
const isTyping = (at) => at.isContentEditable || Boolean(at.closest?.('input, textarea, select, [role="textbox"], [role="dialog"]'))

function drawSteps(list, steps) {
  while (list.children.length > steps.length) list.lastChild.remove()
  steps.forEach((step, i) => {
    let item = list.children[i]
    if (!item) {
      item = made('li', 'cb-rail-step')
      const button = made('button', 'cb-rail-button')
      button.type = 'button'
      button.append(made('span', 'cb-rail-mark'), made('span', 'cb-rail-name'), made('span', 'cb-rail-told'))
      button.addEventListener('click', () => enter(i + 1))
      item.append(button)
      list.append(item)
    }
    const [mark, name, told] = item.firstChild.children
    item.firstChild.title = [`${i + 1} · ${step.name}`, step.told].filter(Boolean).join(': ')
    item.dataset.state = step.state
    item.firstChild.disabled = step.state === 'ahead'
    if (step.state === 'now') item.firstChild.setAttribute('aria-current', 'step')
    else item.firstChild.removeAttribute('aria-current')
    mark.textContent = step.state === 'done' ? '✓' : step.state === 'failed' ? '!' : String(i + 1)
    name.textContent = step.name
    told.textContent = step.told
  })
}

// Where the reader is; of a rail that has room for one word alone it is that of this step.
function markHere(list) {
  const main = scroller()
  const here = main ? stepRead(main) : 1
  ;[...list.children].forEach((item, i) => item.toggleAttribute('data-here', i + 1 === here))
}

function drawKeys(button, words) {
  const told = keysOn() ? words.keys_on : words.keys_off
  Object.assign(button, { textContent: '1–7', title: told })
  button.setAttribute('aria-label', told)
  button.setAttribute('aria-pressed', String(keysOn()))
}

function openRail(root) {
  const rail = { data: null }
  const [main, list] = [scroller(), root.querySelector('ol')]
  const moved = () => requestAnimationFrame(() => markHere(list))
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (!keysOn() || isTyping(event.target) || !/^[1-7]$/.test(event.key)) return
    const step = rail.data.steps[Number(event.key) - 1]
    if (step && step.state !== 'ahead') enter(Number(event.key))
  }
  const live = (event) => {
    const told = root.querySelectorAll('.cb-rail-told')[3]
    if (told && rail.data.steps[3].state === 'now') told.textContent = event.detail.told
  }
  addEventListener('keydown', press)
  addEventListener('casebook-live', live)
  main?.addEventListener('scroll', moved, { passive: true })
  rail.close = () => {
    removeEventListener('keydown', press)
    removeEventListener('casebook-live', live)
    main?.removeEventListener('scroll', moved)
    rail.leave?.()
  }
  return rail
}

// The bar is Streamlit's: on a phone only the rail stays, not the line above it.
function placeBar(root) {
  const bar = root.closest('.st-key-run_header')
  if (!bar) return
  const above = root.getBoundingClientRect().top - bar.getBoundingClientRect().top
  const covered = document.querySelector('[data-testid="stHeader"]')?.offsetHeight ?? 0 // by the way to the sidebar
  bar.parentElement.style.top = innerWidth > 640 ? '0' : `${covered - above}px`
}

export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-rail')
  if (!rails.has(root)) rails.set(root, openRail(root))
  const rail = rails.get(root)
  const before = rail.data
  rail.data = data
  root.setAttribute('aria-label', data.words.steps)
  const list = root.querySelector('ol')
  drawSteps(list, data.steps)
  requestAnimationFrame(() => markHere(list))
  requestAnimationFrame(() => placeBar(root))
  const keys = root.querySelector('.cb-rail-keys')
  drawKeys(keys, data.words)
  keys.onclick = () => {
    localStorage.setItem(KEYS, keysOn() ? 'off' : 'on')
    drawKeys(keys, rail.data.words)
  }
  if (before?.subject !== data.subject) {
    rail.leave?.()
    rail.leave = keepPlace(data.subject, before ? 0 : data.asked) // an address leads there once
  } else if (!before.finished && data.finished && isSeen(4)) {
    requestAnimationFrame(() => goTo(5))
  } else if (data.going && before.going?.nth !== data.going.nth) {
    requestAnimationFrame(() => goTo(data.going.step))
  }
  return () => {
    rail.close()
    rails.delete(root)
  }
})
