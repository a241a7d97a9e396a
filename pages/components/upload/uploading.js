// The zone in its states: idle, ready (seen how it will be read), sending, checking, done, cancelled, refused (choose
// another), retry (send it again).

const LONGEST_TAKE = 30 // seconds, as many as a model of sounds takes in
const NAMED_TEST = /^(test|测试)/i // of two archives that come together, one is for testing by its name
const zones = new WeakMap()

function openZone(root) {
  const zone = { data: null, setTriggerValue: null, items: [], skipped: 0, advice: null, message: null, stop: () => null }
  zone.staged = {} // place → the file chosen for it, with its plan, where what is read is looked at first
  const [label, input, folder] = root.querySelectorAll('input')
  const button = (name) => root.querySelector(`[data-do="${name}"]`)
  const say = (name, text) => write(root.querySelector(`[data-say="${name}"]`), text)
  const words = () => zone.data.words
  const inBytes = (bytes) => size(bytes, zone.data.language)
  const counted = (n) => new Intl.NumberFormat(zone.data.language).format(n)
  const busy = () => ['sending', 'checking'].includes(root.dataset.state)

  const enter = (state, message = null) => {
    const held = document.activeElement
    root.dataset.state = state
    zone.message = message
    zone.write()
    const heir = busy() ? 'cancel' : state === 'retry' ? 'again' : zone.staged.train ? 'read' : 'choose'
    if (root.contains(held) && held.offsetParent === null) button(heir).focus() // the pressed button has just gone
  }
  const title = (sent) => {
    const total = zone.items.length
    return total === 1 ? zone.items[0].file.name : fill(words().files, { n: counted(sent), total: counted(total) })
  }
  const progress = (bytes, left, sent) => {
    const total = zone.items.reduce((sum, { file }) => sum + file.size, 0)
    const share = total ? bytes / total : 1
    const percent = new Intl.NumberFormat(zone.data.language, { style: 'percent' })
    const bar = root.querySelector('.cb-upload-bar')
    bar.firstElementChild.style.transform = `scaleX(${share})`
    bar.setAttribute('aria-valuenow', Math.round(100 * share))
    bar.setAttribute('aria-label', title(sent))
    say('name', title(sent))
    say('percent', percent.format(share))
    say('sent', fill(words().sent, { n: inBytes(bytes), total: inBytes(total) }))
    say('left', left === null ? '' : fill(words().left, { time: duration(left, words().durations) }))
    say('spoken', `${title(0)} · ${percent.format(Math.floor(share * 10) / 10)}`)
    if (bytes >= total && root.dataset.state === 'sending') enter('checking', (text) => text.checking)
  }
  const arrived = (n) => (text) => {
    const told = n === 1 ? fill(text.uploaded, { name: zone.items[0].file.name }) : fill(text.arrived, { n: counted(n) })
    const skipped = zone.skipped ? fill(text.left_out, { n: counted(zone.skipped) }) : ''
    return [told, skipped, zone.advice].filter(Boolean).join(' ')
  }
  const begin = () => {
    const items = zone.items
    const failed = (message) => (left, collection) => {
      Object.assign(zone, { items: left, collection })
      enter('retry', message)
    }
    enter('sending')
    zone.stop = sendAll(items, zone.collection, zone.data, {
      progress,
      done: (answer) => {
        const read = Boolean(zone.staged.test)
        zone.staged = {}
        enter('done', arrived(items.length))
        zone.setTriggerValue('uploaded', { ...answer, read })
      },
      refused: (message, ...left) => failed((text) => message ?? text.failed)(...left),
      lost: failed((text) => text.lost),
    })
  }
  const { stage, sendStaged } = openStaging(zone, { enter, busy, begin })
  // A file that brings its own classes is read at once when it comes alone; everything else is collected.
  const take = (found, place = 'train') => {
    const { max_bytes: limit, room, accept, alone, labelled, draft, many, archives } = zone.data
    const wanted = place === 'test' ? alone : accept
    const fitting = found.filter(({ file }) => accepted(file, wanted))
    const packs = archives !== '' && (fitting.length > 1 || fitting.some(({ file }) => !accepted(file, alone)))
    const good = packs ? [packed(fitting)] : fitting
    const large = good.find(({ file }) => file.size > limit)?.file
    if (found.length === 0) return
    if (found.length > 1 && place === 'test') return enter('refused', (text) => text.one_file)
    if (packs && fitting.some(({ file }) => accepted(file, archives))) return enter('refused', (text) => text.archive_alone)
    const values = { name: (large ?? found[0].file).name, size: large && inBytes(large.size), limit: inBytes(limit) }
    const left = found.filter((one) => !fitting.includes(one))
    zone.advice = left.map(({ file }) => advised(file, zone.data.advice)).find(Boolean) ?? null
    if (good.length === 0) return enter('refused', (text) => zone.advice ?? fill(text.wrong_kind, values))
    if (large) return enter('refused', (text) => fill(text.too_large, values))
    const other = zone.staged[place === 'test' ? 'train' : 'test']?.file.size ?? 0
    const all = good.reduce((sum, { file }) => sum + file.size, good.length === 1 ? other : 0)
    if (room !== null && all > room) {
      enter('refused', (text) => fill(text.no_room, { size: inBytes(all), left: inBytes(room) }))
      return setTimeout(() => zone.setTriggerValue('full', all))
    }
    if (place === 'test') return stage(place, good[0])
    if (zone.data.pair && found.length === good.length && good.every(({ file }) => accepted(file, alone))) {
      const [tests, rest] = [true, false].map((wanted) => good.filter(({ file }) => NAMED_TEST.test(file.name) === wanted))
      if (good.length === 1) return stage(place, good[0])
      if (tests.length === 1 && rest.length === 1) return stage('test', tests[0]), stage(place, rest[0])
    }
    const loose = ({ file }) => labelled !== '' && accepted(file, labelled)
    zone.items = good.map((one) => ({ ...one, label: loose(one) ? label.value.trim() : '' }))
    zone.skipped = left.length
    zone.collection = draft ?? (many && (good.length > 1 || !accepted(good[0].file, alone)) ? 'new' : null)
    begin()
  }

  const camera = openCamera(root, {
    shot: (file) => take([{ file, folder: '' }]),
    failed: (name) => enter('refused', (text) => text[name]),
    changed: () => zone.write(),
  })
  const microphone = openMicrophone(root.querySelector('.cb-upload-microphone'), {
    heard: (file) => take([{ file, folder: '' }]),
    failed: (name) => enter('refused', (text) => text[name]),
    changed: () => (microphone.isOpen() ? enter('idle') : zone.write()),
    longest: LONGEST_TAKE,
  })
  // What is taken here needs its class first.
  const named = (act) => () => {
    if (zone.data.classes && !label.value.trim()) {
      enter('refused', (text) => text.label_first)
      label.focus()
    } else if (!busy()) act()
  }

  root.addEventListener('dragover', (event) => {
    event.preventDefault()
    root.toggleAttribute('data-over', true)
  })
  root.addEventListener('dragleave', (event) => {
    if (!root.contains(event.relatedTarget)) root.removeAttribute('data-over')
  })
  root.addEventListener('drop', async (event) => {
    event.preventDefault()
    root.removeAttribute('data-over')
    const place = event.target.closest?.('[data-place]')?.dataset.place
    if (!busy()) take(await dropped(event.dataTransfer), place)
  })
  const places = () => [['train', words().title], ...(zone.data.pair ? [['test', words().test_title]] : [])]
  const end = catchDrops(root, {
    places,
    able: () => zone.data.page && !busy(),
    take: async (place, transfer) => take(await dropped(transfer), place),
  })
  for (const dialogue of [input, folder]) {
    dialogue.addEventListener('change', () => {
      take(chosen(dialogue))
      dialogue.value = '' // so that the same file can be chosen twice
    })
  }
  const forTest = Object.assign(document.createElement('input'), { type: 'file' })
  forTest.addEventListener('change', () => {
    take(chosen(forTest), 'test')
    forTest.value = ''
  })
  button('test').addEventListener('click', () => {
    forTest.accept = zone.data.alone
    forTest.click()
  })
  button('read').addEventListener('click', sendStaged)
  button('clear').addEventListener('click', () => {
    zone.staged = {}
    enter('idle')
  })
  button('choose').addEventListener('click', () => input.click())
  button('folder').addEventListener('click', () => folder.click())
  button('camera').addEventListener('click', camera.toggle)
  button('shoot').addEventListener('click', named(camera.shoot))
  button('record').addEventListener('click', named(microphone.toggle))
  button('again').addEventListener('click', begin)
  button('cancel').addEventListener('click', () => {
    const answer = zone.stop()
    enter('cancelled', (text) => (answer ? text.stopped : text.cancelled))
    if (answer) zone.setTriggerValue('uploaded', answer)
  })

  zone.write = () => writeZone(root, zone, { camera: camera.isOpen(), microphone: microphone.isOpen() })
  zone.close = () => {
    end()
    camera.close()
    microphone.close()
  }
  return zone
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-upload')
  document.documentElement.lang = data.language
  if (!zones.has(root)) zones.set(root, openZone(root))
  const zone = zones.get(root)
  Object.assign(zone, { data, setTriggerValue })
  zone.write()
  return () => {
    zone.stop()
    zone.close()
    zones.delete(root)
  }
})
