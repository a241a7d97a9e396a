// One Plotly instance for the life of the element; a new figure or theme is drawn by `react`, which keeps the zoom.

const plots = new WeakMap()

function dressed(look, { layout, drag, height }) {
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
  const axis = (own) => {
    const common = axisLook(look)
    const title = own?.title && { standoff: 8, ...own.title, font: { size: SMALL, ...own.title.font } }
    return { ...common, ...own, tickfont: { ...common.tickfont, ...own?.tickfont }, ...(title && { title }) }
  }
  return {
    autosize: true,
    height,
    uirevision: 'kept',
    dragmode: drag || false,
    margin: { l: 8, r: 8, t: 8, b: 8 },
    ...commonLook(look),
    ...layout,
    legend: { ...legendLook(look), ...layout.legend },
    ...Object.fromEntries([...new Set(['xaxis', 'yaxis', ...axes])].map((name) => [name, axis(layout[name])])),
  }
}

function openPlot(root) {
  const box = root.querySelector('.cb-plot-box')
  const tip = openTip(root)
  const plot = { data: null, setTriggerValue: null, plotly: null, closed: false, queue: closing.get(root) ?? Promise.resolve() }
  const itemsOf = (picked) => {
    const { items } = plot.data
    const rows = items && picked != null ? (items.rows ? (items.rows[picked] ?? []) : [picked]) : []
    return rows.map((row) => `${items.address}${row}`)
  }
  const draw = async () => {
    plot.plotly ??= await loadPlotly(plot.data.plotly)
    if (plot.closed) return
    const fresh = !box.data
    const config = { displayModeBar: false, scrollZoom: false, doubleClick: 'reset', showTips: false }
    const look = lookOf(root)
    const layout = coloured(look, dressed(look, plot.data))
    // Plotly chooses the colour of texts in cells as if the page were white
    const read = (trace) => (trace.type === 'heatmap' ? { textfont: { color: look.text }, ...trace } : trace)
    const traces = plot.data.traces.map((trace) => structuredClone(coloured(look, read(trace))))
    await plot.plotly.react(box, traces, layout, config)
    if (!fresh) return
    box.on('plotly_click', ({ points }) => {
      tip.hide()
      const picked = points.at(-1)?.customdata
      if (picked != null) plot.setTriggerValue('picked', picked)
    })
    box.on('plotly_hover', ({ points, event }) => tip.show(itemsOf(points.at(-1)?.customdata), event))
    box.on('plotly_unhover', tip.hide)
    box.on('plotly_selected', (told) => {
      const ids = new Set((told?.points ?? []).map(({ customdata }) => customdata))
      plot.setTriggerValue('selected', [...ids].filter((id) => id != null))
    })
    box.on('plotly_deselect', () => plot.setTriggerValue('selected', []))
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
    tip.hide()
    tip.end()
    watcher.disconnect()
    closing.set(root, plot.queue.then(() => plot.plotly?.purge(box))) // not while a figure is being made
  }
  return plot
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-plot')
  if (!plots.has(root)) plots.set(root, openPlot(root))
  const plot = plots.get(root)
  root.setAttribute('role', 'img')
  root.setAttribute('aria-label', data.alt)
  root.style.setProperty('--cb-height', `${data.height}px`)
  root.style.setProperty('--cb-least-width', `${data.least_width}px`)
  root.style.setProperty('--cb-most-height', data.most_height ? `${data.most_height}px` : 'none')
  const scrolls = data.least_width > root.clientWidth || (data.most_height && data.most_height < data.height)
  if (scrolls) root.tabIndex = 0 // so that the keys scroll it
  else root.removeAttribute('tabindex')
  Object.assign(plot, { data, setTriggerValue })
  plot.draw()
  return () => {
    plot.close()
    plots.delete(root)
  }
})
