// Draws the texts once; later calls change only what is new, so that nothing scrolls away under the reader.

const part = (tag, name, text) => {
  const made = document.createElement(tag)
  made.className = `cb-passage-${name}`
  made.textContent = text
  made.title = name === 'text' ? '' : text
  return made
}

const card = ({ id, text, title, note, tone, marks }, { clickable, whole }, pick) => {
  const box = document.createElement(clickable ? 'button' : 'div')
  box.className = 'cb-passage'
  if (clickable) {
    box.type = 'button'
    box.addEventListener('click', () => pick(id))
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
  if (marks) mark(shown, marks)
  return box
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-passages')
  root.toggleAttribute('data-whole', data.whole)
  // an address is another one at every run of the page, for it holds the time
  const drawn = JSON.stringify([data.passages.map(({ marks, ...shown }) => shown), data.clickable])
  if (root.dataset.drawn !== drawn) {
    root.dataset.drawn = drawn
    root.replaceChildren(...data.passages.map((passage) => {
      const entry = document.createElement('div')
      entry.role = 'listitem'
      entry.append(card(passage, data, (id) => root.pick(id)))
      return entry
    }))
  }
  root.pick = (id) => setTriggerValue('picked', id)
  data.passages.forEach(({ id }, i) => {
    if (data.clickable) root.children[i].firstElementChild.setAttribute('aria-pressed', String(id === data.chosen))
  })
}
