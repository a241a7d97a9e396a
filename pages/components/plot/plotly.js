// The library, loaded once for all figures of a page.
const loadPlotly = (source) =>
  (window.casebookPlotly ??= new Promise((loaded, failed) => {
    const script = document.createElement('script')
    script.src = source
    script.onload = () => loaded(window.Plotly)
    script.onerror = () => {
      script.remove()
      window.casebookPlotly = undefined
      failed(new Error(source))
    }
    document.head.append(script)
  }))

const closing = new WeakMap() // element → what the figure that was closed there has still to do; the next one waits
