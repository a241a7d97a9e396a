// Streamlit calls a component once its module is there. Where the page was drawn again meanwhile, it makes all of these
// calls, in whatever order the browser likes, and closes those that were overtaken right after their call. So the data of
// an overtaken call may come last, and what it closes may be what stands: `lasting` then shows what came before it again.
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
      if (standing.get(place) !== call) return
      if (call.before) return draw(call.before)
      standing.delete(place)
      call.close?.()
    }
  }
}
