// Radio buttons that look like cards. They are drawn once for the same data; the choice is only marked anew.

const element = (tag, name, text) => {
  const made = document.createElement(tag)
  made.className = `cb-card${name}`
  if (text !== undefined) made.textContent = text
  return made
}

function drawn(card, pick) {
  const box = element('button', '')
  box.type = 'button'
  box.role = 'radio'
  box.dataset.id = card.id
  const head = element('span', '-head')
  const badge = element('span', '-badge', card.badge)
  badge.dataset.ready = card.ready
  head.append(element('span', '-title', card.title), badge)
  const facts = element('span', '-facts')
  facts.append(...card.facts.map((fact) => element('span', '-fact', fact)))
  box.append(head, facts, element('span', '-text', card.text))
  box.addEventListener('click', () => pick(card.id))
  return box
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-cards')
  const content = JSON.stringify(data.cards)
  root.setAttribute('aria-label', data.label)
  root.pick = (id) => setTriggerValue('picked', id)
  if (root.dataset.content !== content) {
    root.dataset.content = content
    root.replaceChildren(...data.cards.map((card) => drawn(card, (id) => root.pick(id))))
  }
  const boxes = [...root.children]
  const chosen = boxes.findIndex((box) => box.dataset.id === data.chosen)
  boxes.forEach((box, i) => {
    box.setAttribute('aria-checked', String(i === chosen))
    box.tabIndex = i === Math.max(chosen, 0) ? 0 : -1
  })
  root.onkeydown = (event) => {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const here = boxes.indexOf(event.target.closest('.cb-card'))
    boxes[(here + step + boxes.length) % boxes.length].focus()
  }
})
