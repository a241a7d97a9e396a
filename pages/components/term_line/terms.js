// Words of the field; the one that was tapped is told below them, until it is tapped again.

const made = (tag, more) => Object.assign(document.createElement(tag), more)

function tell(root, term, words) {
  const bold = made('strong', { textContent: term.name })
  const link = made('a', { href: term.link, target: '_blank', rel: 'noopener', textContent: `${words.more} ↗` })
  const lessons = term.lessons.flatMap(({ name, address }) => [
    ' ', made('a', { href: address, target: '_blank', rel: 'noopener', textContent: `${words.lesson} ${name} ↗` }),
  ])
  const told = [bold, ' · ', term.text, ' ', link, ...lessons]
  if (term.formula) told.push(Object.assign(made('span', { className: 'cb-terms-formula' }), { innerHTML: term.formula })) // MathML of our own
  root.querySelector('.cb-terms-told').replaceChildren(...told)
}

export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-terms')
  const drawn = JSON.stringify(data)
  if (root.dataset.drawn === drawn) return
  root.dataset.drawn = drawn
  const buttons = data.terms.map((term) => {
    const button = made('button', { type: 'button', ariaExpanded: 'false' })
    button.append(made('span', { textContent: term.name }))
    button.addEventListener('click', () => {
      const open = button.ariaExpanded === 'true'
      buttons.forEach((one) => { one.ariaExpanded = 'false' })
      button.ariaExpanded = String(!open)
      if (open) root.querySelector('.cb-terms-told').replaceChildren()
      else tell(root, term, data.words)
    })
    return button
  })
  root.querySelector('.cb-terms-line').replaceChildren(made('span', { textContent: data.words.here }), ...buttons)
  root.querySelector('.cb-terms-told').replaceChildren()
})
