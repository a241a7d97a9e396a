// Asks `address()` each second, each third second while no good answer comes; in a hidden tab only where `hidden()` wants
// that, and less often. `show` takes an answer and says whether it was the last one.
const HIDDEN = 5000 // milliseconds

function polling(address, show, lost, hidden) {
  let [timer, busy, over] = [0, false, true]

  const ask = async () => {
    const answer = await fetch(address(), { cache: 'no-store', signal: AbortSignal.timeout(10_000) })
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    return answer.json()
  }
  const tick = async () => {
    clearTimeout(timer)
    if (over || busy) return
    let wait = document.hidden ? HIDDEN : 1000
    if (!document.hidden || hidden()) {
      busy = true
      const answer = await ask().catch(() => null)
      busy = false
      if (over) return
      if (answer) over = show(answer)
      else [wait] = [3000, lost()]
    }
    if (!over) timer = setTimeout(tick, wait)
  }
  document.addEventListener('visibilitychange', tick)
  return {
    start() {
      if (!over) return
      over = false
      tick()
    },
    close() {
      over = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', tick)
    },
  }
}
