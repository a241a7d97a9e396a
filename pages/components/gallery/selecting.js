// Several of many: a range with Shift, single ones with Ctrl or Cmd or the key x, or by every click once there is one.
// What is selected is known here first; the page is told a moment later, when the hand rests.

const REST = 250 // ms
const areas = new WeakMap()

function markSelected({ ids, boxes, selected, data }) {
  boxes.forEach((box, i) => {
    const on = selected.has(ids[i])
    box.toggleAttribute('data-selected', on)
    const button = box.closest('button') ?? box.querySelector('button')
    button?.setAttribute('aria-pressed', String(on || ids[i] === data.chosen))
  })
}

function tellSelected(area) {
  clearTimeout(area.timer)
  markSelected(area)
  area.timer = setTimeout(() => {
    area.timer = null
    area.tell([...area.selected])
  }, REST)
}

function toggleSelected(area, id, range) {
  const [from, to] = [area.ids.indexOf(area.anchor), area.ids.indexOf(id)]
  if (range && from >= 0) {
    for (const one of area.ids.slice(Math.min(from, to), Math.max(from, to) + 1)) area.selected.add(one)
  } else if (!area.selected.delete(id)) area.selected.add(id)
  area.anchor = id
  tellSelected(area)
}

function listenForKeys(root, area) {
  root.addEventListener('keydown', (event) => {
    if (!area.data.several || event.altKey) return
    const held = area.boxes.findIndex((box) => box.contains(event.target))
    const command = event.ctrlKey || event.metaKey
    if (event.key === 'Escape' && area.selected.size) area.selected.clear()
    else if (command && event.key.toLowerCase() === 'a') area.ids.forEach((id) => area.selected.add(id))
    else if (!command && event.key.toLowerCase() === 'x' && held >= 0) {
      event.preventDefault()
      event.stopPropagation()
      return toggleSelected(area, area.ids[held], event.shiftKey)
    } else return
    event.preventDefault()
    event.stopPropagation()
    tellSelected(area)
  })
}

// `boxes` stand for `ids`, in their order; `open(id)` is a click that selects nothing, `tell(ids)` says what is selected.
function selecting(root, ids, boxes, data, { open, tell }) {
  if (!areas.has(root)) {
    areas.set(root, { selected: new Set(), anchor: null, timer: null })
    listenForKeys(root, areas.get(root))
  }
  const area = areas.get(root)
  Object.assign(area, { ids, boxes, data, tell })
  if (!area.timer) area.selected = new Set(data.several?.selected ?? []) // else it is older than what is seen
  root.pick = (id, event) => {
    const held = event && (event.shiftKey || event.ctrlKey || event.metaKey)
    const meant = data.several && (held || data.several.every_click || area.selected.size > 0)
    if (meant) toggleSelected(area, id, event?.shiftKey)
    else {
      area.anchor = id
      open(id)
    }
  }
  markSelected(area)
}
