// Browser notifications of how a run goes on: asked for by a button, never on load, and kept in this browser for all runs.

const NOTIFY = 'casebook-notify'
const REFUSED = 'casebook-notify-refused' // the run whose page said why there can be none: others do not repeat it

// What this browser allows: '' where notifications can be had, else the name of the word that says why not.
function refusedNotices() {
  if (!window.isSecureContext) return 'notify_insecure'
  if (!('Notification' in window)) return 'notify_missing'
  return Notification.permission === 'denied' ? 'notify_denied' : ''
}

const wantsNotices = () => localStorage.getItem(NOTIFY) === 'on' && !refusedNotices() && Notification.permission === 'granted'

// Whether the page of this run says why there are no notifications: the first page that could have them, and no other.
function saysWhyNot(run, why) {
  if (why && !localStorage.getItem(REFUSED)) localStorage.setItem(REFUSED, run)
  if (!why) localStorage.removeItem(REFUSED)
  return localStorage.getItem(REFUSED) === run
}

// `words` of the kinds have {name} and perhaps {figure}; `run`: the id of the page's run.
function notices(box, run) {
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
    const refused = !over && saysWhyNot(run, why)
    write(told, why ? (refused ? words[why] : '') : on ? words.notify_kept : '')
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
