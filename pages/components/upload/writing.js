// What stands in the zone, as its state is and in the reader's language; `open` says which devices are.

function writeZone(root, { data, message }, open) {
  const { words, classes } = data
  const [label, input] = root.querySelectorAll('input')
  const button = (name) => root.querySelector(`[data-do="${name}"]`)
  const fresh = ['idle', 'cancelled'].includes(root.dataset.state)
  Object.assign(input, { accept: data.accept, multiple: data.many })
  for (const name of ['title', 'hint', 'label']) write(root.querySelector(`[data-say="${name}"]`), words[name] ?? '')
  root.querySelector('.cb-upload-label').hidden = !classes
  label.placeholder = words.label_hint ?? ''
  label.setAttribute('list', `${data.key}-classes`)
  const known = root.querySelector('datalist')
  known.id = `${data.key}-classes`
  known.replaceChildren(...(classes ?? []).map((name) => new Option(name)))
  root.toggleAttribute('data-microphone', open.microphone)
  for (const name of ['again', 'cancel', 'folder', 'shoot']) button(name).textContent = words[name] ?? ''
  button('folder').hidden = !data.folders
  button('camera').hidden = !data.camera
  button('camera').textContent = (open.camera ? words.camera_close : words.camera) ?? ''
  button('record').hidden = !data.microphone
  button('record').textContent = (open.microphone ? words.record_stop : words.record) ?? ''
  button('choose').textContent = fresh ? words.choose : words.another
  write(root.querySelector('.cb-upload-message'), message?.(words) ?? '')
}
