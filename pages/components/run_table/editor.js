// What unfolds below a run: its name, tags and notes as fields, and what else can be done with it.

function field(kind, label, value, most) {
  const box = made('label', 'field')
  const input = Object.assign(document.createElement(kind), { value, maxLength: most })
  box.append(made('span', 'label', label), input)
  return box
}

function act(text, name, press) {
  const button = Object.assign(made('button', `button cb-runs-${name}`, text), { type: 'button' })
  button.addEventListener('click', press)
  return button
}

function editor(row, table) {
  const { words } = table.data
  const box = made('tr', 'editor')
  box.role = 'row'
  const place = cell('fields')
  place.colSpan = seen(table).length + 2
  const form = made('form', 'form')
  const name = field('input', words.title, row.name, 200)
  const tags = field('input', words.tags, row.tags.join(', '), 500)
  const note = field('textarea', words.note, row.note, 2000)
  tags.lastChild.placeholder = words.commas
  note.lastChild.rows = 2
  const save = Object.assign(made('button', 'button', words.save), { type: 'submit' })
  const clone = act(words.clone, 'clone', () => table.tell('cloned', row.id))
  Object.assign(clone, { title: words.clone_help, disabled: !row.clonable })
  const acts = made('div', 'formacts')
  acts.append(save, act(words.cancel, 'cancel', () => table.edit(null)), made('span', 'gap'), clone,
    act(words.remove, 'delete', () => table.tell('deleted', row.id)))
  form.append(name, tags, note, acts)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const [title, words_, remark] = [name, tags, note].map((each) => each.lastChild.value)
    table.tell('changed', { run: row.id, name: title, tags: words_, note: remark })
    table.edit(null)
  })
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') table.edit(null)
  })
  place.append(form)
  box.append(place)
  return box
}
