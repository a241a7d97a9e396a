// Streamlit calls a component once its module is loaded. Where the page was drawn again meanwhile, it calls for each time
// that it was drawn, and only then has the overtaken ones close what they opened: that must not close what stands now.
const lastCalls = new WeakMap() // root → the call that came last

function unlessOvertaken(root, close) {
  const call = {}
  lastCalls.set(root, call)
  return () => {
    if (lastCalls.get(root) === call) close()
  }
}
