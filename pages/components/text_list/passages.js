// Draws the texts once; later calls change only what is new, so that nothing scrolls away under the reader.

const part = (tag, name, text) => {
  const made = document.createElement(tag)
  made.className = `cb-passage-${name}`
  made.textContent = text
  made.title = name === 'text' ? '' : text
  return made
}

const card = ({ id, text, title, note, tone }, { clickable, whole }, pick) => {
  const box = document.createElement(clickable ? 'button' : 'div')
  box.className = 'cb-passage'
  if (clickable) {
    box.type = 'button'
    box.addEventListener('click', (event) => pick(id, event))
  }
  if (title || note) {
    const head = document.createElement('span')
    head.className = 'cb-passage-head'
    head.append(part('span', 'title', title ?? ''), part('span', 'note', note ?? ''))
    head.lastElementChild.dataset.tone = tone ?? ''
    box.append(head)
  }
  const shown = part('span', 'text', text)
  shown.dir = 'auto'
  if (whole) shown.tabIndex = 0 // so that the keyboard can scroll it
  box.append(shown)
  return box
}

// Once for each text: they may be given after it was drawn, as where the model was still being packed.
const askForMarks = (root, passages) =>
  root.querySelectorAll('.cb-passage-text').forEach((text, i) => {
    if (!passages[i].marks || 'asked' in text.dataset) return
    text.dataset.asked = ''
    mark(text, passages[i].marks)
  })

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-passages')
  root.toggleAttribute('data-whole', data.whole)
  // an address is another one at every run of the page, for it holds the time
  const drawn = JSON.stringify([data.passages.map(({ marks, ...shown }) => shown), data.clickable])
  if (root.dataset.drawn !== drawn) {
    root.dataset.drawn = drawn
    root.replaceChildren(...data.passages.map((passage) => {
      const entry = document.createElement('div')
      entry.role = 'listitem'
      entry.append(card(passage, data, (id, event) => root.pick(id, event)))
      return entry
    }))
  }
  askForMarks(root, data.passages)
  if (!data.clickable) return
  const boxes = [...root.children].map((entry) => entry.firstElementChild)
  selecting(root, data.passages.map(({ id }) => id), boxes, data, {
    open: (id) => setTriggerValue('picked', id),
    tell: (ids) => setTriggerValue('selected', ids),
  })
})
