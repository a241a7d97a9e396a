// The reader's language: by the address, else by the browser; what is drawn is told when it changes.

export function openWords(languages) {
  const asked = new URLSearchParams(location.search).get('lang')
  const usual = navigator.languages?.some((one) => one.toLowerCase().startsWith('zh')) ? 'zh' : 'en'
  const told = []
  let now = [asked, usual].find((one) => languages[one]) ?? Object.keys(languages)[0]
  const words = {
    get language() { return now },
    get all() { return languages[now] },
    // A sentence with its places filled.
    say: (key, places = {}) => (languages[now].words[key] ?? '').replace(/\{(\w+)\}/g, (_, name) => places[name] ?? ''),
    // Called at once, and again whenever the language changes.
    told: (write) => {
      told.push(write)
      write()
    },
    // An element with this sentence, as long as it is there.
    spoken: (element, key, attribute = '') => {
      words.told(() => (attribute ? element.setAttribute(attribute, words.say(key)) : (element.textContent = words.say(key))))
      return element
    },
    choose: (language) => {
      now = language
      const address = new URL(location)
      address.searchParams.set('lang', language)
      history.replaceState(null, '', address)
      for (const write of told) write()
    },
    percent: (share, digits = 1, least = digits) => new Intl.NumberFormat(now, { style: 'percent', minimumFractionDigits: least, maximumFractionDigits: digits }).format(share),
    number: (n) => new Intl.NumberFormat(now).format(n),
    figures: (value) => new Intl.NumberFormat(now, { maximumSignificantDigits: 2 }).format(value),
    size: (bytes) => `${bytes < 999_500 ? Math.max(1, Math.round(bytes / 1e3)) : new Intl.NumberFormat(now, { maximumFractionDigits: bytes < 99_950_000 ? 1 : 0 }).format(bytes / 1e6)} ${bytes < 999_500 ? 'kB' : 'MB'}`,
  }
  words.told(() => {
    document.documentElement.lang = now === 'zh' ? 'zh-CN' : now
  })
  return words
}
