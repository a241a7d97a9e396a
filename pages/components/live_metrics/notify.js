// Browser notifications of how a run goes on: asked for by a button, never on load, and kept in this browser for all runs.

const NOTIFY = 'casebook-notify'

// What this browser allows: '' where notifications can be had, else the name of the word that says why not.
function refusedNotices() {
  if (!window.isSecureContext) return 'notify_insecure'
  if (!('Notification' in window)) return 'notify_missing'
  return Notification.permission === 'denied' ? 'notify_denied' : ''
}

const wantsNotices = () => localStorage.getItem(NOTIFY) === 'on' && !refusedNotices() && Notification.permission === 'granted'

// `title`: of the page's run; `words` of the kinds have {name} and perhaps {figure}.
function notices(box) {
  const [button, told] = box.children
  let current = null
  let problem = ''
  const draw = (words, over) => {
    current = words
    const on = wantsNotices()
    const why = refusedNotices() || problem
    box.hidden = over
    write(button, on ? words.notify_off : words.notify_on)
    button.hidden = Boolean(refusedNotices())
    button.setAttribute('aria-pressed', String(on))
    write(told, why ? words[why] : on ? words.notify_kept : '')
  }
  button.addEventListener('click', async () => {
    if (wantsNotices()) localStorage.removeItem(NOTIFY)
    else if ((await Notification.requestPermission()) === 'granted') localStorage.setItem(NOTIFY, 'on')
    draw(current, false)
  })
  const tell = (text, tag) => {
    if (!wantsNotices()) return
    try {
      const note = new Notification('Casebook', { body: text, tag }) // the same again takes the place of the first
      note.addEventListener('click', () => {
        window.focus()
        note.close()
      })
    } catch { // phones allow them to installed apps alone
      problem = 'notify_missing'
      draw(current, false)
    }
  }
  return { draw, tell }
}
