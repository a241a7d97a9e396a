// Sounds are given by file, by microphone, or as one of the examples; what was given can be heard beside the answer.

const LONGEST = 600 // seconds of a recording; of a longer one a file can be given

function beginning(src) {
  const picture = document.createElement('img')
  return Object.assign(picture, { src, alt: '', loading: 'lazy' })
}

export default giving((root, asker) => {
  const find = (selector) => root.querySelector(selector)
  const heard = find('.cb-try-heard')
  let given = null // the clip of what was given
  asker.go = (place) => given?.from(place)
  const hear = (sound, picture) => {
    given = clip({ sound, picture }, { words: asker.data.words.player, language: asker.data.language, seekable: true })
    heard.replaceChildren(given.box)
    heard.hidden = false
  }
  const hide = () => {
    heard.replaceChildren()
    heard.hidden = true
  }
  const ask = async (...question) => {
    const answer = await asker.ask(...question)
    if (root.dataset.state === 'refused') return hide()
    if (!answer) return
    if (answer.shown) given.show(answer.shown)
    asker.sight.laid = (heat) => given?.show(heat || answer.shown)
    asker.sight.show('', '', keyOf(answer)) // it stands with the sound
    if (!asker.data.written && answer.moments?.length > 1) heard.append(timeline(answer, asker.data, (place) => given.from(place)))
    if (answer.unheard) {
      const told = document.createElement('p')
      told.className = 'cb-try-muted'
      told.textContent = asker.data.words.unheard
      heard.append(told)
    }
    asker.reveal()
    asker.inform(answer)
  }
  const refuse = (message) => {
    hide()
    asker.refuse(message)
  }
  const give = (file) => {
    mark(root, null)
    if (file.size > asker.data.max_bytes) return refuse(asker.data.words.too_large)
    hear(file)
    return ask({ name: file.name }, file)
  }
  const pick = (one) => {
    mark(root, one.id)
    const picture = addressOf(asker.data, one)
    hear(`${picture}&heard=1`, picture)
    ask({ row: one.id }, undefined, one.label)
  }

  const microphone = openMicrophone(find('.cb-try-level'), {
    heard: give,
    failed: (name) => refuse(asker.data.words[name]),
    changed: () => write(),
    longest: LONGEST,
  })
  find('[data-do="choose"]').addEventListener('click', () => find('[data-for="choose"]').click())
  find('[data-do="record"]').addEventListener('click', () => {
    document.dispatchEvent(new CustomEvent(PLAYING)) // nothing that plays is to be recorded
    microphone.toggle()
  })
  takeFiles(root, give)

  const write = () => {
    const { words } = asker.data
    tone(root)
    root.toggleAttribute('data-microphone', microphone.isOpen())
    find('[data-do="record"]').textContent = microphone.isOpen() ? words.record_stop : words.record
    drawExamples(root, asker.data, (one) => beginning(addressOf(asker.data, one)), pick)
  }
  const rest = () => {
    document.dispatchEvent(new CustomEvent(PLAYING)) // nor goes on playing
    microphone.close()
  }
  return { write, end: microphone.close, rest }
})
