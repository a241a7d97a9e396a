// A picture with what it shows below it, or the tokens of a text, each over its id.

const made = (tag, text, ...children) => {
  const element = document.createElement(tag)
  if (text) element.textContent = text
  element.append(...children)
  return element
}

const pictured = ({ picture, title }) => {
  const image = made('img')
  Object.assign(image, { src: picture, alt: title })
  return made('figure', '', image, made('figcaption', title))
}

const listed = ({ tokens, title, left }) => {
  const items = tokens.map(({ text, id, mark }) => {
    const item = made('li', '', made('b', text), made('span', id))
    if (mark) item.dataset.mark = ''
    return item
  })
  return made('figure', '', made('figcaption', title), made('ul', '', ...items), ...(left ? [made('figcaption', left)] : []))
}

export default lasting(({ data, parentElement }) => {
  parentElement.querySelector('.cb-inside').replaceChildren(data.picture ? pictured(data) : listed(data))
})
