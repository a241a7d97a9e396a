// Terms as links, which also open in a tab of their own; the search hides those without the words.

const made = (tag, more) => Object.assign(document.createElement(tag), more)

function entry(term, chosen, pick) {
  const link = made('a', { href: term.link })
  link.append(made('strong', { textContent: term.name }), made('span', { className: 'cb-glossary-text', textContent: term.text }))
  if (term.id === chosen) link.ariaCurrent = 'true'
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    pick(term.id)
  })
  const item = made('li', {})
  item.dataset.find = term.find
  item.append(link)
  return item
}

function part(group, chosen, pick) {
  const found = made('section', {})
  const list = made('ul', {})
  list.append(...group.terms.map((term) => entry(term, chosen, pick)))
  found.append(made('h2', { textContent: group.title }), list)
  return found
}

function search(root) {
  const words = root.querySelector('input').value.toLowerCase().split(/\s+/).filter(Boolean)
  root.querySelectorAll('li').forEach((item) => { item.hidden = !words.every((word) => item.dataset.find.includes(word)) })
  root.querySelectorAll('section').forEach((one) => { one.hidden = !one.querySelector('li:not([hidden])') })
  root.querySelector('nav').hidden = words.length > 0
  root.querySelector('.cb-glossary-none').hidden = Boolean(root.querySelector('li:not([hidden])'))
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-glossary')
  const drawn = JSON.stringify(data)
  if (root.dataset.drawn === drawn) return
  root.dataset.drawn = drawn
  const pick = (id) => setTriggerValue('picked', id)
  const parts = data.groups.map((group) => part(group, data.chosen, pick))
  root.querySelector(':scope > div').replaceChildren(...parts)
  const leads = data.groups.map((group, i) => {
    const button = made('button', { type: 'button', textContent: group.title })
    button.addEventListener('click', () => parts[i].scrollIntoView({ block: 'start' }))
    return button
  })
  root.querySelector('nav').replaceChildren(...leads)
  root.querySelector('nav').ariaLabel = data.words.groups
  root.querySelector('.cb-glossary-none').textContent = data.words.none
  const field = root.querySelector('input')
  Object.assign(field, { placeholder: data.words.search, ariaLabel: data.words.search })
  field.oninput = () => search(root)
  search(root)
})
