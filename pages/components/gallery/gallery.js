// Draws the items once; later calls change only what is new, so that pictures do not flicker.

const tile = (item, clickable, pick) => {
  const box = document.createElement(clickable ? 'button' : 'div')
  box.className = 'cb-gallery-item'
  if (clickable) {
    box.type = 'button'
    box.addEventListener('click', () => pick(item.id))
  }
  const picture = document.createElement('img')
  picture.src = item.src
  picture.loading = 'lazy'
  picture.decoding = 'async'
  picture.alt = [item.title, item.note].filter(Boolean).join(', ')
  box.append(picture)
  for (const name of ['title', 'note']) {
    if (!item[name]) continue
    const text = document.createElement('span')
    text.className = `cb-gallery-${name}`
    text.textContent = item[name]
    text.title = item[name]
    if (name === 'note') text.dataset.tone = item.tone ?? ''
    box.append(text)
  }
  return box
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-gallery')
  root.style.setProperty('--cb-size', `${data.size}px`)
  root.toggleAttribute('data-wide', data.wide)
  const drawn = JSON.stringify([data.items, data.clickable])
  if (root.dataset.drawn !== drawn) {
    root.dataset.drawn = drawn
    root.replaceChildren(...data.items.map((item) => {
      const entry = document.createElement('div')
      entry.role = 'listitem'
      entry.append(tile(item, data.clickable, (id) => root.pick(id)))
      return entry
    }))
  }
  root.pick = (id) => setTriggerValue('picked', id)
  data.items.forEach((item, i) => {
    const box = root.children[i].firstElementChild
    if (data.clickable) box.setAttribute('aria-pressed', String(item.id === data.chosen))
  })
}
