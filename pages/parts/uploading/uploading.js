// The zone in its states: idle, sending, checking, done, cancelled, refused (choose another), retry (send it again).

const zones = new WeakMap()

function openZone(root) {
  const zone = { data: null, setTriggerValue: null, file: null, message: null, stop: () => {} }
  const input = root.querySelector('input')
  const button = (name) => root.querySelector(`[data-do="${name}"]`)
  const say = (name, text) => write(root.querySelector(`[data-say="${name}"]`), text)
  const words = () => zone.data.words
  const inBytes = (bytes) => size(bytes, zone.data.language)

  const enter = (state, message = null) => {
    const focused = root.contains(document.activeElement)
    root.dataset.state = state
    zone.message = message
    zone.write()
    const heir = ['sending', 'checking'].includes(state) ? 'cancel' : state === 'retry' ? 'again' : 'choose'
    if (focused) button(heir).focus() // the pressed button has just gone
  }
  const progress = (bytes, left) => {
    const share = zone.file.size ? bytes / zone.file.size : 1
    const percent = new Intl.NumberFormat(zone.data.language, { style: 'percent' })
    const bar = root.querySelector('.cb-upload-bar')
    bar.firstElementChild.style.transform = `scaleX(${share})`
    bar.setAttribute('aria-valuenow', Math.round(100 * share))
    say('percent', percent.format(share))
    say('sent', fill(words().sent, { n: inBytes(bytes), total: inBytes(zone.file.size) }))
    say('left', left === null ? '' : fill(words().left, { time: duration(left) }))
    say('spoken', `${zone.file.name}: ${percent.format(Math.floor(share * 10) / 10)}`)
    if (bytes >= zone.file.size && root.dataset.state === 'sending') enter('checking', (text) => text.checking)
  }
  const begin = () => {
    say('name', zone.file.name)
    root.querySelector('.cb-upload-bar').setAttribute('aria-label', zone.file.name)
    enter('sending')
    progress(0, null)
    const { name } = zone.file
    zone.stop = send(zone.file, zone.data, {
      progress,
      done: (answer) => {
        enter('done', (text) => fill(text.uploaded, { name }))
        zone.setTriggerValue('uploaded', answer)
      },
      refused: (message) => enter('retry', (text) => message ?? text.failed),
      lost: () => enter('retry', (text) => text.lost),
    })
  }
  const take = (file) => {
    const { max_bytes: limit, accept } = zone.data
    const values = { name: file.name, size: inBytes(file.size), limit: inBytes(limit) }
    if (!accepted(file, accept)) return enter('refused', (text) => fill(text.wrong_kind, values))
    if (file.size > limit) return enter('refused', (text) => fill(text.too_large, values))
    zone.file = file
    begin()
  }
  const drop = (event) => {
    event.preventDefault()
    root.removeAttribute('data-over')
    if (['sending', 'checking'].includes(root.dataset.state)) return
    const items = [...event.dataTransfer.items].filter((item) => item.kind === 'file')
    const folder = items.some((item) => item.webkitGetAsEntry?.()?.isDirectory)
    if (items.length > 1 || folder) enter('refused', (text) => text.one_file)
    else if (items.length === 1) take(event.dataTransfer.files[0])
  }

  root.addEventListener('dragover', (event) => {
    event.preventDefault()
    root.toggleAttribute('data-over', true)
  })
  root.addEventListener('dragleave', (event) => {
    if (!root.contains(event.relatedTarget)) root.removeAttribute('data-over')
  })
  root.addEventListener('drop', drop)
  input.addEventListener('change', () => {
    if (input.files.length) take(input.files[0])
    input.value = '' // so that the same file can be chosen twice
  })
  button('choose').addEventListener('click', () => input.click())
  button('again').addEventListener('click', begin)
  button('cancel').addEventListener('click', () => {
    zone.stop()
    enter('cancelled', (text) => text.cancelled)
  })

  zone.write = () => {
    const fresh = ['idle', 'cancelled'].includes(root.dataset.state)
    input.accept = zone.data.accept
    for (const name of ['title', 'hint']) say(name, words()[name])
    for (const name of ['again', 'cancel']) button(name).textContent = words()[name]
    button('choose').textContent = fresh ? words().choose : words().another
    write(root.querySelector('.cb-upload-message'), zone.message?.(words()) ?? '')
  }
  return zone
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-upload')
  document.documentElement.lang = data.language
  if (!zones.has(root)) zones.set(root, openZone(root))
  const zone = zones.get(root)
  Object.assign(zone, { data, setTriggerValue })
  zone.write()
  return () => {
    zone.stop()
    zones.delete(root)
  }
}
