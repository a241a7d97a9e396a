// Draws the items once; later calls change only what is new, so that pictures do not flicker.

const tile = (item, clickable, pick) => {
  const box = document.createElement(clickable ? 'button' : 'div')
  box.className = 'cb-gallery-item'
  if (clickable) {
    box.type = 'button'
    box.addEventListener('click', (event) => pick(item.id, event))
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

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-gallery')
  root.style.setProperty('--cb-size', `${data.size}px`)
  root.toggleAttribute('data-wide', data.wide)
  const drawn = JSON.stringify([data.items, data.clickable])
  if (root.dataset.drawn !== drawn) {
    root.dataset.drawn = drawn
    root.replaceChildren(...data.items.map((item) => {
      const entry = document.createElement('div')
      entry.role = 'listitem'
      entry.append(tile(item, data.clickable, (id, event) => root.pick(id, event)))
      return entry
    }))
  }
  if (!data.clickable) return
  const boxes = [...root.children].map((entry) => entry.firstElementChild)
  selecting(root, data.items.map(({ id }) => id), boxes, data, {
    open: (id) => setTriggerValue('picked', id),
    tell: (ids) => setTriggerValue('selected', ids),
  })
})
