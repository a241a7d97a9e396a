// Draws the cards when they change; the focus stays at its place, so that the keyboard goes on from there.

const made = (tag, name, text) => {
  const element = document.createElement(tag)
  element.className = `cb-item-${name}`
  if (text !== undefined) element.textContent = text
  return element
}

const pictureOf = (address) => {
  const picture = made('img', 'picture')
  // the attributes come before the address, or the request would be under way without them
  Object.assign(picture, { referrerPolicy: 'no-referrer', loading: 'lazy', decoding: 'async', alt: '' })
  picture.addEventListener('error', () => picture.remove())
  picture.src = address
  return picture
}

const button = (name, word, label, press) => {
  const element = made('button', name, word)
  Object.assign(element, { type: 'button', ariaLabel: label, title: label })
  element.addEventListener('click', press)
  return element
}

const scoreOf = ({ figure, share }) => {
  const score = made('div', 'score')
  const track = made('span', 'bar')
  track.append(made('i', 'length'))
  track.firstElementChild.style.width = `${100 * Math.min(Math.max(share ?? 0, 0), 1)}%`
  score.append(track, made('span', 'figure', figure))
  return score
}

const cardOf = (card, { pressable, words }, root) => {
  const box = made('li', 'card')
  if (card.picture) box.append(pictureOf(card.picture))
  const told = made('div', 'told')
  const title = made('p', 'title', card.title)
  if (card.year) title.append(' ', made('span', 'year', card.year))
  told.append(title)
  if (card.genres?.length) told.append(made('p', 'genres', card.genres.join(' · ')))
  if (card.figure) told.append(scoreOf(card))
  if (card.reason) told.append(made('p', 'reason', card.reason))
  if (card.note) told.append(made('p', 'note', card.note))
  if (card.marked) told.append(made('p', 'marked', card.marked))
  box.append(told)
  if (pressable) {
    const presses = made('div', 'presses')
    const label = (name) => words[name].replace('{title}', () => card.title)
    presses.append(
      button('like', words.liking, label('like'), () => root.tell('liked', card.id)),
      button('dislike', words.disliking, label('dislike'), () => root.tell('disliked', card.id)),
    )
    box.append(presses)
  }
  return box
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-cards-items')
  root.tell = (event, id) => setTriggerValue(event, id)
  root.toggleAttribute('data-brief', data.brief)
  const drawn = JSON.stringify(data)
  if (root.dataset.drawn === drawn) return
  root.dataset.drawn = drawn
  const before = [...root.querySelectorAll('button')].indexOf(root.getRootNode().activeElement)
  root.replaceChildren(...data.cards.map((card) => cardOf(card, data, root)))
  if (before >= 0) root.querySelectorAll('button')[before]?.focus()
})
