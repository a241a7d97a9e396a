// Drawn by the page once, then by each answer that the live view gets. No screen reader is told here: the view tells it.

const chips = new WeakMap()
const write = (element, text) => { if (element.textContent !== text) element.textContent = text }

function openChip(chip) {
  const [name, rest] = chip.children
  const draw = ({ status, word, left }) => {
    chip.dataset.status = status
    write(name, word)
    write(rest, left)
  }
  const heard = ({ detail }) => draw(detail)
  addEventListener('casebook-live', heard)
  return { draw, close: () => removeEventListener('casebook-live', heard) }
}

export default lasting(({ data, parentElement }) => {
  const chip = parentElement.querySelector('.cb-chip')
  if (!chips.has(chip)) chips.set(chip, openChip(chip))
  const drawn = `${data.status} ${data.word}`
  if (chip.dataset.drawn !== drawn) chips.get(chip).draw({ ...data, left: '' })
  chip.dataset.drawn = drawn
  return () => {
    chips.get(chip)?.close()
    chips.delete(chip)
  }
})
