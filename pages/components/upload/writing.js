// What stands in the zone, as its state is and in the reader's language; `open` says which devices are.

// The one button that is highlighted: what comes next.
function firstOf(state, staged, open) {
  if (state === 'retry') return 'again'
  if (staged.train) return 'read'
  return open.camera ? 'shoot' : open.microphone ? 'record' : 'choose'
}

function writeZone(root, { data, message, staged }, open) {
  const { words, classes } = data
  const [label, input] = root.querySelectorAll('input')
  const button = (name) => root.querySelector(`[data-do="${name}"]`)
  const fresh = ['idle', 'cancelled'].includes(root.dataset.state)
  Object.assign(input, { accept: data.accept, multiple: data.many || data.archives !== '' })
  for (const name of ['title', 'hint', 'limits', 'label', 'test_title', 'test_hint']) write(root.querySelector(`[data-say="${name}"]`), words[name] ?? '')
  root.querySelector('.cb-upload-label').hidden = !classes
  label.placeholder = words.label_hint ?? ''
  label.setAttribute('list', `${data.key}-classes`)
  const known = root.querySelector('datalist')
  known.id = `${data.key}-classes`
  known.replaceChildren(...(classes ?? []).map((name) => new Option(name)))
  root.toggleAttribute('data-microphone', open.microphone)
  for (const name of ['again', 'cancel', 'folder', 'shoot', 'test', 'read', 'clear']) button(name).textContent = words[name] ?? ''
  root.toggleAttribute('data-leads', data.leads)
  const first = data.leads ? firstOf(root.dataset.state, staged, open) : ''
  for (const one of root.querySelectorAll('[data-do]')) one.toggleAttribute('data-first', one.dataset.do === first)
  root.toggleAttribute('data-pair', data.pair)
  root.querySelector('.cb-upload-test').hidden = !data.pair
  button('test').textContent = (staged.test ? words.another : words.test) ?? ''
  button('read').hidden = !staged.train
  button('clear').hidden = !(staged.train || staged.test)
  const told = { train: words.train_name, test: words.test_name }
  root.querySelector('.cb-upload-plans').replaceChildren(...['train', 'test'].filter((place) => staged[place]).map((place) => (
    drawPlan(staged[place].file, staged[place].plan, told[place], (bytes) => size(bytes, data.language))
  )))
  button('folder').hidden = !data.folders
  button('camera').hidden = !data.camera
  button('camera').textContent = (open.camera ? words.camera_close : words.camera) ?? ''
  button('record').hidden = !data.microphone
  button('record').textContent = (open.microphone ? words.record_stop : words.record) ?? ''
  button('choose').textContent = fresh ? words.choose : words.another
  write(root.querySelector('.cb-upload-message'), message?.(words) ?? '')
}
