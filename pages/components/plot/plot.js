// One Plotly instance for the life of the element; a new figure or theme is drawn by `react`, which keeps the zoom.

const plots = new WeakMap()

const axis = (look, own) => ({
  gridcolor: look.faint, zerolinecolor: look.faint, linecolor: look.faint, tickcolor: look.faint, automargin: true, ...own,
})

function dressed(root, { layout, zoom, height }) {
  const style = getComputedStyle(root)
  const look = { text: style.color, faint: style.color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)') } // Plotly knows no color-mix
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

// A colour called theme-3 is the fourth of the theme's own.
function coloured(root, trace) {
  const number = /^theme-(\d+)$/.exec(trace.marker?.color)?.[1]
  if (number === undefined) return trace
  const colours = getComputedStyle(root).getPropertyValue('--st-chart-categorical-colors').split(',')
  return { ...trace, marker: { ...trace.marker, color: colours[number % colours.length].trim() } }
}

function openPlot(root) {
  const box = root.querySelector('.cb-plot-box')
  const plot = { data: null, setTriggerValue: null, plotly: null, closed: false, queue: Promise.resolve() }
  const draw = async () => {
    plot.plotly ??= await loadPlotly(plot.data.plotly)
    if (plot.closed) return
    const fresh = !box.data
    const config = { displayModeBar: false, scrollZoom: false, doubleClick: 'reset', showTips: false }
    const layout = dressed(root, plot.data)
    // Plotly chooses the colour of texts in cells as if the page were white
    const traces = plot.data.traces.map((t) => coloured(root, t)).map((t) => structuredClone(t.type === 'heatmap' ? { textfont: { color: layout.font.color }, ...t } : t))
    await plot.plotly.react(box, traces, layout, config)
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
    plot.queue = plot.queue.then(() => plot.plotly?.purge(box)) // not while a figure is being made
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
  root.style.setProperty('--cb-least-width', `${data.least_width}px`)
  Object.assign(plot, { data, setTriggerValue })
  plot.draw()
  return () => {
    plot.close()
    plots.delete(root)
  }
}
