// While files are dragged over the page, all of it is the place to drop them: one half for each place where there are two.

const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files')

// `places` are names with their titles; `take(place, transfer)` gets what was dropped. Returns how to end it.
function catchDrops(root, { places, able, take }) {
  const cover = document.createElement('div')
  cover.className = 'cb-upload-page'
  cover.hidden = true
  root.append(cover)
  const show = (event) => {
    if (!bringsFiles(event) || !cover.hidden || !able()) return
    cover.replaceChildren(...places().map(([name, title]) => {
      const half = document.createElement('div')
      half.dataset.place = name
      half.textContent = title
      return half
    }))
    cover.hidden = false
  }
  const hide = () => { cover.hidden = true }
  const over = (event) => {
    if (cover.hidden) return
    event.preventDefault()
    for (const half of cover.children) half.toggleAttribute('data-over', half === event.target)
  }
  // Not every browser says where to: at the edge, out of the window.
  const leave = ({ relatedTarget, clientX: x, clientY: y }) => {
    if (relatedTarget === null && (x <= 0 || y <= 0 || x >= innerWidth || y >= innerHeight)) hide()
  }
  const drop = (event) => {
    if (cover.hidden) return
    event.preventDefault()
    event.stopPropagation()
    hide()
    take(event.target.dataset?.place ?? places()[0][0], event.dataTransfer)
  }
  const heard = { dragenter: show, dragover: over, dragleave: leave, drop, dragend: hide, mousemove: hide }
  for (const [name, act] of Object.entries(heard)) document.addEventListener(name, act, true)
  return () => { for (const [name, act] of Object.entries(heard)) document.removeEventListener(name, act, true) }
}
