// Files on their way to the server.

const AT_ONCE = 4

// Bytes as people read them, in steps of 1000.
function size(bytes, language) {
  const [unit, scale] = bytes < 1e6 ? ['kilobyte', 1e3] : bytes < 1e9 ? ['megabyte', 1e6] : ['gigabyte', 1e9]
  const digits = unit === 'kilobyte' ? 0 : 1
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: digits }).format(bytes / scale)
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

// One file; returns the function that breaks it off. `on` has progress(bytes), done(json), refused(message) and lost().
function send({ file, label, folder, split: own }, draft, { url, token, language, split }, on) {
  const request = new XMLHttpRequest()
  request.upload.onprogress = ({ loaded }) => on.progress(loaded)
  request.onload = () => {
    const answer = parsed(request.responseText)
    const good = request.status >= 200 && request.status < 300 && answer !== null
    if (good) on.done(answer)
    else on.refused(answer?.message)
  }
  request.onerror = on.lost
  const asked = Object.entries({ name: file.name, lang: language, draft, label, folder, split: own || split }).filter(([, value]) => value)
  request.open('PUT', `${url}?${asked.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`)
  request.setRequestHeader('X-Upload-Token', token)
  request.send(file)
  return () => request.abort()
}

// All files, some at a time; the first one alone where it begins a collection whose id the others need.
// `on` has progress(bytes, secondsLeft, filesSent), done(json), refused(message, itemsLeft, collection) and
// lost(itemsLeft, collection): what is sent again joins what has arrived.
// Returns the function that breaks it off, which returns the last answer, if there was one.
function sendAll(items, collection, data, on) {
  const waiting = [...items]
  const running = new Map() // item → its bytes sent, and how to break it off
  const total = items.reduce((sum, { file }) => sum + file.size, 0)
  const start = performance.now()
  let [draft, sent, count, answer, over] = [collection, 0, 0, null, false]

  const tell = () => {
    const bytes = [...running.values()].reduce((sum, { loaded }) => sum + loaded, sent)
    const passed = (performance.now() - start) / 1000
    on.progress(Math.min(bytes, total), passed > 1 && bytes ? (passed * (total - bytes)) / bytes : null, count)
  }
  const end = () => {
    over = true
    for (const { stop } of running.values()) stop()
  }
  const fail = (told) => () => {
    if (over) return
    const left = [...running.keys(), ...waiting]
    end()
    told(left, draft)
  }
  const launch = (item) => {
    const state = { loaded: 0, stop: () => {} }
    running.set(item, state)
    state.stop = send(item, draft, data, {
      progress: (bytes) => {
        state.loaded = Math.min(bytes, item.file.size)
        if (!over) tell()
      },
      done: (json) => {
        running.delete(item)
        answer = json
        draft = draft && json.draft
        sent += item.file.size
        count += 1
        if (!over) next()
      },
      refused: (message) => fail((...what) => on.refused(message, ...what))(),
      lost: fail(on.lost),
    })
  }
  const next = () => {
    while (waiting.length && running.size < (draft === 'new' ? 1 : AT_ONCE)) launch(waiting.shift())
    tell()
    if (running.size === 0) on.done(answer)
  }
  next()
  return () => {
    end()
    return answer
  }
}
