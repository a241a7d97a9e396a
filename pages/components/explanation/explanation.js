// Asks until the explanation is there, then shows its pictures or sounds side by side, or its words one below the other.

const SHORT = 0.1 // seconds beyond what was heard that are none
const EVERY = 200 // ms; the second one of a model comes within a second or two

const filled = (text, places) => text.replace(/\{(\w+)\}/g, (_, name) => places[name] ?? '')

const framed = (src, text) => {
  const picture = make('img', '')
  Object.assign(picture, { src, alt: text })
  return make('figure', '', picture, make('figcaption', '', text))
}

const firstSight = ({ picture, text, sound, seconds }, words, language) => {
  if (sound) {
    const { box } = clip({ picture, sound, seconds }, { words: words.player, language, seekable: true })
    return [make('figure', '', make('figcaption', '', words.original), box)]
  }
  if (picture) return [framed(picture, words.original)]
  if (!text) return []
  const whole = make('p', 'cb-words-text', text)
  whole.tabIndex = 0 // so that the keyboard can scroll it
  return [make('figure', '', make('figcaption', '', words.original), whole)]
}

// What was drawn for another item stays, dimmed, where the next one is awaited in the same place.
const say = (root, { original, words, language }, text) => {
  const line = make('p', '', text)
  line.role = 'status'
  const before = root.dataset.drawn ? [...root.querySelectorAll('figure')] : firstSight(original, words, language)
  root.toggleAttribute('data-stale', Boolean(root.dataset.drawn))
  root.replaceChildren(...before, line)
  return line
}

const showAll = (root, data, told, elsewhere) => {
  const { url, words, language } = data
  const caption = (name) => filled(words[name], { label: { predicted: told.predicted, truth: told.truth }[name] })
  const figure = (name) =>
    told.sounds ? soundFigure(name, caption(name), data, told) : framed(`${url}&file=${name}.webp`, caption(name))
  const texts = Object.entries(told.words ?? {})
  root.replaceChildren(
    ...told.pictures.filter((name) => !elsewhere.includes(name)).map(figure),
    ...texts.map(([name, pieces]) => wordsFigure(pieces, told.unseen, told.counted?.[name] ?? [], caption(name), words, language)),
    make('div', 'cb-explanation-read', words.explained),
  )
}

// The pictures that stand with the item itself: a heat map lies over what was seen. Of a sound its moments are shown
// there, where all of it was heard; what spoke for the answer is here as well, to be heard.
const lent = ({ beside }, { pictures, sounds, unheard }) => {
  if (!beside || !pictures.includes('predicted') || (sounds && unheard > SHORT)) return []
  return sounds ? ['heard'] : ['seen', 'predicted']
}

// Returns those that were taken: what was given may not be on the page any more, as after a look at many things at once.
const lend = (data, told) => {
  const pictures = lent(data, told)
  if (!pictures.length) return []
  const { url, key, words } = data
  const caption = filled(words.predicted, { label: told.predicted })
  const detail = { key, seen: `${url}&file=seen.webp`, heat: `${url}&file=predicted.webp`, caption }
  document.dispatchEvent(new CustomEvent('cb-explained', { detail }))
  return detail.taken ? pictures : []
}

const asking = new WeakMap() // root → how to end its asking: the page may run again meanwhile

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-explanation')
  const { url, key, words } = data
  const tell = (text) => root.querySelector('p[role="status"]')?.textContent === text || say(root, data, text)
  const dim = () => root.toggleAttribute('data-stale', true)
  let timer, over = false
  asking.get(root)?.()
  asking.set(root, () => {
    over = true
    clearTimeout(timer)
    document.removeEventListener('cb-trying', dim)
  })
  document.addEventListener('cb-trying', dim) // what is tried has changed: this tells of what was there before
  root.toggleAttribute('data-words', data.layout === 'words')
  root.toggleAttribute('data-sounds', data.layout === 'sounds')
  root.toggleAttribute('data-beside', data.beside)
  tone(root)
  const ask = async () => {
    try {
      const told = await (await fetch(url)).json()
      if (over) return
      root.dataset.status = told.status
      if (told.status === 'done') {
        const elsewhere = lend(data, told)
        const drawn = `${key} ${elsewhere}`
        if (root.dataset.drawn !== drawn || root.querySelector('p[role="status"]')) showAll(root, data, told, elsewhere)
        root.dataset.drawn = drawn
        root.removeAttribute('data-stale')
        return
      }
      if (told.status === 'failed') {
        const again = make('button', '', words.again)
        again.type = 'button'
        again.addEventListener('click', () => setTriggerValue('again', true))
        say(root, data, told.message).append(again)
        return
      }
      tell(words[told.status === 'running' ? 'running' : 'queued'])
    } catch {
      if (!over) tell(words.lost)
    }
    timer = setTimeout(ask, EVERY)
  }
  ask()
  return () => {
    asking.get(root)?.()
    if (data.beside) document.dispatchEvent(new CustomEvent('cb-explained', { detail: { key } }))
  }
})
