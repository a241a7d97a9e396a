// Draws the recordings once; later calls change only what is new, so that what plays plays on.

const said = (name, text, tone) => {
  const made = part('span', `cb-recording-${name}`, text)
  made.title = text
  if (tone !== undefined) made.dataset.tone = tone
  return made
}

function headOf({ id, title, note, tone: mood }, { clickable, removable, words }, root) {
  const head = part(clickable ? 'button' : 'div', 'cb-recording-head')
  if (title || clickable) head.append(said('title', title ?? ''))
  if (note) head.append(said('note', note, mood ?? ''))
  if (clickable) {
    head.type = 'button'
    head.addEventListener('click', (event) => root.pick(id, event))
  }
  if (removable) {
    const bin = part('button', 'cb-recording-remove', icon('bin'))
    bin.ariaLabel = bin.title = `${words.remove} · ${title}`
    bin.type = 'button'
    bin.addEventListener('click', () => root.remove_(id))
    head.append(bin)
  }
  return head
}

function card(recording, data, root) {
  const heard = clip({ ...recording, name: recording.title }, { words: data.words, language: data.language, seekable: !data.clickable })
  if (!recording.picture && recording.seconds) {
    waveform(recording.sound).then((drawn) => heard.show(drawn, true), console.warn) // it is heard all the same
  }
  if (data.clickable) heard.box.querySelector('.cb-clip-sight').addEventListener('click', (event) => root.pick(recording.id, event))
  const head = headOf(recording, data, root)
  const marked = recording.pairs ? [part('p', 'cb-recording-text', ...differences(recording.pairs, data.words))] : []
  for (const { name, pairs } of recording.versions ?? []) {
    marked.push(part('p', 'cb-recording-text', part('span', 'cb-recording-who', name), ' ', ...differences(pairs, data.words)))
  }
  const entry = part('div', '', part('div', 'cb-recording', ...(head.childElementCount ? [head] : []), heard.box, ...marked))
  entry.role = 'listitem'
  return entry
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-recordings')
  root.toggleAttribute('data-large', data.large)
  tone(root)
  const drawn = JSON.stringify([data.recordings, data.clickable, data.words])
  if (root.dataset.drawn !== drawn) {
    root.dataset.drawn = drawn
    root.replaceChildren(...data.recordings.map((recording) => card(recording, data, root)))
  }
  root.remove_ = (id) => setTriggerValue('removed', id)
  if (!data.clickable) return
  const boxes = [...root.children].map((entry) => entry.querySelector('.cb-recording'))
  selecting(root, data.recordings.map(({ id }) => id), boxes, data, {
    open: (id) => setTriggerValue('picked', id),
    tell: (ids) => setTriggerValue('selected', ids),
  })
})
