// One file's way to the server.

// Bytes as people read them, in steps of 1024.
function size(bytes, language) {
  const [unit, scale] = bytes < 2 ** 20 ? ['kilobyte', 2 ** 10] : bytes < 2 ** 30 ? ['megabyte', 2 ** 20] : ['gigabyte', 2 ** 30]
  const digits = unit === 'kilobyte' ? 0 : 1
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: digits }).format(bytes / scale)
}

// The same rule as the browser's own dialogue, which a dropped file does not pass.
function accepted(file, accept) {
  const rules = accept.split(',').map((rule) => rule.trim().toLowerCase()).filter(Boolean)
  const [name, type] = [file.name.toLowerCase(), file.type.toLowerCase()]
  const fits = (rule) =>
    rule.startsWith('.') ? name.endsWith(rule) : rule.endsWith('/*') ? type.startsWith(rule.slice(0, -1)) : type === rule
  return rules.length === 0 || rules.some(fits)
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

// Returns the function that breaks it off. `on` has progress(bytes, secondsLeft), done(json), refused(message) and lost().
function send(file, { url, token }, on) {
  const request = new XMLHttpRequest()
  const start = performance.now()
  request.upload.onprogress = ({ loaded }) => {
    const passed = (performance.now() - start) / 1000
    on.progress(loaded, passed > 1 ? (passed * (file.size - loaded)) / loaded : null)
  }
  request.onload = () => {
    const answer = parsed(request.responseText)
    const good = request.status >= 200 && request.status < 300 && answer !== null
    if (good) on.done(answer)
    else on.refused(answer?.message)
  }
  request.onerror = on.lost
  request.open('PUT', `${url}?name=${encodeURIComponent(file.name)}`)
  request.setRequestHeader('X-Upload-Token', token)
  request.send(file)
  return () => request.abort()
}
