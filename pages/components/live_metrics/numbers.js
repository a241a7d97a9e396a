// Numbers as the reader's language writes them, and the texts of data.words filled with them.

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place)

function numbers(language) {
  const as = (options) => {
    const format = new Intl.NumberFormat(language, options)
    return (n) => format.format(n)
  }
  const share = as({ style: 'percent', maximumFractionDigits: 1 })
  const whole = as({ style: 'percent', maximumFractionDigits: 0 })
  const three = as({ maximumSignificantDigits: 3, maximumFractionDigits: 0, roundingPriority: 'morePrecision' })
  const exact = as({ minimumFractionDigits: 3, maximumFractionDigits: 3 })
  const tiny = as({ notation: 'scientific', maximumFractionDigits: 1 })
  const megabytes = as({ style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 })
  const gigabytes = as({ style: 'unit', unit: 'gigabyte', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  return {
    count: as({ maximumFractionDigits: 0 }),
    share,
    figure: (n, shares) => (shares ? share(n) : exact(n)),
    rate: three,
    small: (n) => (n > 0 && n < 1e-4 ? tiny(n).replace('E', 'e') : three(n)),
    percent: (n) => whole(n / 100),
    clock: (seconds) => timeOfDay(seconds, language),
    memory: (mb) => (mb < 1024 ? megabytes(mb) : gigabytes(mb / 1024)), // in steps of 1024, as memory is sold
  }
}

// When so many seconds have passed, as 14:35; of another day with its name.
function timeOfDay(seconds, language) {
  const then = new Date(Date.now() + 1000 * seconds)
  const day = then.toDateString() === new Date().toDateString() ? {} : { weekday: 'short' }
  return new Intl.DateTimeFormat(language, { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(then)
}

// Roughly, as people say it; `words` and its steps are those of pages/shared/durations.py.
function duration(seconds, words) {
  if (seconds < 1) return words.under
  if (seconds < 90) return fill(words.seconds, { n: Math.round(seconds) })
  if (seconds < 5400) return fill(words.minutes, { n: Math.round(seconds / 60) })
  return fill(words.hours, { n: (seconds / 3600).toFixed(1) })
}

// d3's separators, decimal first, as Plotly's layout wants them.
function separators(language) {
  const parts = new Intl.NumberFormat(language, { useGrouping: 'always' }).formatToParts(12345.6)
  const sign = (type) => parts.find((part) => part.type === type)?.value ?? ''
  return sign('decimal') + sign('group')
}

// Writing the same text again would make a screen reader say it again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}
