// Texts are typed, pasted, or taken from the examples; the answer follows each pause in the typing.

const PAUSE = 250 // ms without a key until the model is asked
const REST = 350 // ms more until the page is told, which then has the answer explained

function beginning({ text }) {
  const line = document.createElement('span')
  Object.assign(line, { textContent: text, dir: 'auto' })
  return line
}

export default giving((root, asker) => {
  const field = root.querySelector('textarea')
  let pausing, resting

  const changed = () => {
    clearTimeout(pausing)
    clearTimeout(resting)
    document.dispatchEvent(new CustomEvent('cb-trying')) // what was explained was another text
  }
  const give = async () => {
    if (!field.value.trim()) return asker.idle()
    const text = field.value
    const body = new Blob([text])
    if (body.size > asker.data.max_bytes) return asker.refuse(asker.data.words.too_large)
    const answer = await asker.ask({}, body)
    if (answer) resting = setTimeout(() => asker.inform({ text }), REST) // it is kept only where it is explained
  }
  const type = (event) => {
    if (event.isComposing) return // Chinese is typed by letters that are not the text yet
    changed()
    mark(root, null)
    pausing = setTimeout(give, PAUSE)
  }
  const pick = async ({ id, label }) => {
    changed()
    mark(root, id)
    const response = await fetch(addressOf(asker.data, { id })).catch(() => null)
    if (!response?.ok) return asker.refuse(asker.data.words.lost)
    const text = await response.text()
    if (marked(root) !== id) return // something else was typed or taken meanwhile
    field.value = text
    const answer = await asker.ask({ row: id }, undefined, label)
    if (!answer) return
    asker.reveal()
    asker.inform(answer)
  }
  field.addEventListener('input', type)
  field.addEventListener('compositionend', type)

  return {
    write() {
      field.placeholder = asker.data.words.placeholder
      drawExamples(root, asker.data, beginning, pick)
    },
    end: changed,
  }
})
