// Streamlit calls a component once its module is there. Where the page was drawn again meanwhile, it makes all of these
// calls, in whatever order the browser likes, and closes those that were overtaken before anything else happens. So the
// data of an overtaken call may come last, and what it closes may be what stands: `lasting` then shows the one again that
// was not overtaken.
const standing = new WeakMap() // place → the call whose data stand there

function lasting(show) {
  const draw = (call) => {
    standing.set(call.given.parentElement, call)
    call.close = show(call.given)
  }
  return (given) => {
    const place = given.parentElement
    const call = { given, before: standing.get(place) }
    draw(call)
    setTimeout(() => { delete call.before }) // until then it is known whether this call was overtaken
    return () => {
      call.over = true
      if (standing.get(place) !== call) return
      let { before } = call
      while (before?.over) before = before.before
      if (before) return draw(before)
      standing.delete(place)
      call.close?.()
    }
  }
}
