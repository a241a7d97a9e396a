// The picture is scaled about a point that stays under the pointer, and never leaves its frame.

const MOST = 8
const STEP = 1.5
const CLICK = 2.5 // times larger where it is clicked
const SLIP = 5 // pixels that a click may move
const views = new WeakMap()

function openView(root) {
  const [frame, picture] = [root.querySelector('.cb-viewer-frame'), root.querySelector('img')]
  const button = (name) => root.querySelector(`[data-do="${name}"]`)
  const view = { scale: 1, x: 0, y: 0, fingers: new Map(), moved: 0 }
  const middle = () => [frame.clientWidth / 2, frame.clientHeight / 2]
  const within = (event) => {
    const { left, top } = frame.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }
  const draw = () => {
    const keep = (at, length) => Math.min(0, Math.max(length * (1 - view.scale), at))
    Object.assign(view, { x: keep(view.x, frame.clientWidth), y: keep(view.y, frame.clientHeight) })
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`
    root.toggleAttribute('data-large', view.scale > 1)
    root.querySelector('output').textContent = `${Math.round(100 * view.scale)}%`
    button('in').disabled = view.scale >= MOST
    button('out').disabled = button('whole').disabled = view.scale <= 1
  }
  const zoom = (factor, [x, y] = middle()) => {
    const scale = Math.min(MOST, Math.max(1, view.scale * factor))
    Object.assign(view, { x: x - ((x - view.x) * scale) / view.scale, y: y - ((y - view.y) * scale) / view.scale, scale })
    draw()
  }
  view.whole = () => zoom(1 / view.scale)
  const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1])

  frame.addEventListener('wheel', (event) => {
    if (view.scale === 1 && event.deltaY > 0) return // nothing to make smaller: the page scrolls
    event.preventDefault()
    zoom(Math.exp(-event.deltaY / 300), within(event))
  }, { passive: false })
  frame.addEventListener('pointerdown', (event) => {
    frame.setPointerCapture(event.pointerId)
    if (view.fingers.size === 0) view.moved = 0
    view.fingers.set(event.pointerId, within(event))
  })
  frame.addEventListener('pointermove', (event) => {
    const before = view.fingers.get(event.pointerId)
    if (!before) return
    const [now, was] = [within(event), [...view.fingers.values()]]
    view.fingers.set(event.pointerId, now)
    view.moved += Math.hypot(now[0] - before[0], now[1] - before[1])
    if (was.length === 2) {
      const is = [...view.fingers.values()]
      zoom(apart(is) / Math.max(1, apart(was)), [(is[0][0] + is[1][0]) / 2, (is[0][1] + is[1][1]) / 2])
    } else if (view.scale > 1) {
      Object.assign(view, { x: view.x + now[0] - before[0], y: view.y + now[1] - before[1] })
      draw()
    }
  })
  const lift = (event) => {
    const alone = view.fingers.delete(event.pointerId) && view.fingers.size === 0
    if (event.type === 'pointerup' && alone && view.moved < SLIP) view.scale > 1 ? view.whole() : zoom(CLICK, within(event))
  }
  frame.addEventListener('pointerup', lift)
  frame.addEventListener('pointercancel', lift)
  root.addEventListener('keydown', (event) => {
    const act = { '+': () => zoom(STEP), '=': () => zoom(STEP), '-': () => zoom(1 / STEP), 0: view.whole }[event.key]
    if (!act || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    act()
  })
  button('in').addEventListener('click', () => zoom(STEP))
  button('out').addEventListener('click', () => zoom(1 / STEP))
  button('whole').addEventListener('click', view.whole)
  const note = root.querySelector('.cb-viewer-note')
  picture.addEventListener('load', () => {
    picture.style.imageRendering = picture.naturalWidth < 64 ? 'pixelated' : '' // a few pixels are seen as what they are
  })
  picture.addEventListener('error', () => {
    if (picture.src.endsWith(view.data.small)) return
    note.textContent = view.data.words.cut
    picture.src = view.data.small
  })
  view.show = (data) => {
    view.data = data
    for (const name of ['in', 'out', 'whole']) button(name).ariaLabel = button(name).title = data.words[name]
    if (view.src === data.src) return
    view.src = data.src
    note.textContent = ''
    Object.assign(picture, { src: data.src, alt: data.name })
    Object.assign(frame, { ariaLabel: data.name, title: data.words.how })
    view.whole()
  }
  return view
}

export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-viewer')
  if (!views.has(root)) views.set(root, openView(root))
  views.get(root).show(data)
  return () => views.delete(root)
})
