// Asks until the explanation is there, then shows its pictures side by side.

const EVERY = 200 // ms; the second picture of a model comes within a second

const filled = (text, places) => text.replace(/\{(\w+)\}/g, (_, name) => places[name] ?? '')

const framed = (src, text) => {
  const figure = document.createElement('figure')
  const picture = document.createElement('img')
  const caption = document.createElement('figcaption')
  caption.textContent = text
  picture.src = src
  picture.alt = text
  figure.append(picture, caption)
  return figure
}

const say = (root, original, words, text) => {
  const line = document.createElement('p')
  line.role = 'status'
  line.textContent = text
  root.replaceChildren(...(original ? [framed(original, words.original)] : []), line)
  return line
}

const showAll = (root, url, words, told) => {
  const labels = { predicted: told.predicted, truth: told.truth }
  const figure = (name) => framed(`${url}&picture=${name}`, filled(words[name], { label: labels[name] }))
  root.replaceChildren(...told.pictures.map(figure))
}

const asking = new WeakMap() // root → how to end its asking: the page may run again meanwhile

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-explanation')
  const { url, key, original, words } = data
  const tell = (text) => root.querySelector('p')?.textContent === text || say(root, original, words, text)
  let timer, over = false
  asking.get(root)?.()
  asking.set(root, () => {
    over = true
    clearTimeout(timer)
  })
  const ask = async () => {
    try {
      const told = await (await fetch(url)).json()
      if (over) return
      root.dataset.status = told.status
      if (told.status === 'done') {
        if (root.dataset.shown !== key) showAll(root, url, words, told)
        root.dataset.shown = key
        return
      }
      delete root.dataset.shown
      if (told.status === 'failed') {
        const again = document.createElement('button')
        again.type = 'button'
        again.textContent = words.again
        again.addEventListener('click', () => setTriggerValue('again', true))
        say(root, original, words, told.message).append(again)
        return
      }
      tell(words[told.status === 'running' ? 'running' : 'queued'])
    } catch {
      if (!over) tell(words.lost)
    }
    timer = setTimeout(ask, EVERY)
  }
  ask()
  return () => asking.get(root)?.()
}
