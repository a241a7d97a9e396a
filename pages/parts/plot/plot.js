// One Plotly instance for the life of the element; a new figure or theme is drawn by `react`, which keeps the zoom.

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

const plots = new WeakMap()

const axis = (look, own) => ({
  gridcolor: look.faint, zerolinecolor: look.faint, linecolor: look.faint, tickcolor: look.faint, automargin: true, ...own,
})

function dressed(root, { layout, zoom, height }) {
  const style = getComputedStyle(root)
  const look = { text: style.color, faint: style.getPropertyValue('--cb-faint').trim() }
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
  return {
    autosize: true,
    height,
    uirevision: 'kept',
    dragmode: zoom ? 'zoom' : false,
    margin: { l: 8, r: 8, t: 8, b: 8 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    hoverlabel: { align: 'left' },
    ...layout,
    font: { family: style.fontFamily, size: 13, color: look.text, ...layout.font },
    ...Object.fromEntries([...new Set(['xaxis', 'yaxis', ...axes])].map((name) => [name, axis(look, layout[name])])),
  }
}

function openPlot(root) {
  const box = root.querySelector('.cb-plot-box')
  const plot = { data: null, setTriggerValue: null, plotly: null, closed: false, queue: Promise.resolve() }
  const draw = async () => {
    plot.plotly ??= await loadPlotly(plot.data.plotly)
    if (plot.closed) return
    const fresh = !box.data
    const config = { displayModeBar: false, scrollZoom: false, doubleClick: 'reset', showTips: false }
    await plot.plotly.react(box, structuredClone(plot.data.traces), dressed(root, plot.data), config)
    if (!fresh) return
    box.on('plotly_click', ({ points }) => {
      const picked = points.at(-1)?.customdata
      if (picked != null) plot.setTriggerValue('picked', picked)
    })
  }
  const next = (work) => (plot.queue = plot.queue.then(() => (plot.closed ? null : work())).catch(console.error))
  let width = root.offsetWidth
  const watcher = new ResizeObserver(() => {
    if (root.offsetWidth === width) return
    width = root.offsetWidth
    next(() => box.data && width && plot.plotly.Plots.resize(box))
  })
  watcher.observe(root)
  plot.draw = () => next(draw)
  plot.close = () => {
    plot.closed = true
    watcher.disconnect()
    plot.plotly?.purge(box)
  }
  return plot
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.cb-plot')
  if (!plots.has(root)) plots.set(root, openPlot(root))
  const plot = plots.get(root)
  root.setAttribute('role', 'img')
  root.setAttribute('aria-label', data.alt)
  root.style.setProperty('--cb-height', `${data.height}px`)
  Object.assign(plot, { data, setTriggerValue })
  plot.draw()
  return () => {
    plot.close()
    plots.delete(root)
  }
}
