// Elements, made of texts and never of markup.

export function el(tag, { class: name, on = {}, ...attributes } = {}, ...inside) {
  const made = document.createElement(tag)
  if (name) made.className = name
  for (const [event, act] of Object.entries(on)) made.addEventListener(event, act)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(attribute, '')
    else if (value !== false && value !== undefined) made.setAttribute(attribute, value)
  }
  made.append(...inside)
  return made
}

export const put = (place, text) => {
  place.textContent = text
  place.hidden = !text
}

// `spans`: pairs of a text and whether it is strong.
export const spanned = (spans) => spans.map(([text, strong]) => (strong ? el('strong', {}, text) : text))
