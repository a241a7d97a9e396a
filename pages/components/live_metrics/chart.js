// One Plotly instance for the life of the view: new points are appended, so that a zoom or a hidden curve stays.

const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds))

const BELOW = 48 // pixels for the numbers and the note under the curves; the legend comes after them, over no curve

const LAYOUT = {
  autosize: true,
  uirevision: 'kept',
  hovermode: 'x unified',
  dragmode: 'zoom',
  margin: { l: 52, r: 12, t: 34, b: 80 }, // the buttons lie above the points, not over the last of them
  legend: { orientation: 'h', yref: 'container', y: 0, yanchor: 'bottom', x: 0, xanchor: 'left' },
  modebar: { bgcolor: 'rgba(0,0,0,0)' },
  xaxis: {
    rangemode: 'tozero',
    zeroline: false,
    showgrid: false,
    ticks: 'outside',
    ticklen: 4,
    nticks: 8,
    hoverformat: '.2f',
    spikethickness: -2, // negative leaves out its white rim
    spikedash: 'dot',
  },
  yaxis: { zeroline: false, nticks: 6, automargin: true },
}

const config = (words) => ({
  displaylogo: false,
  displayModeBar: 'hover',
  scrollZoom: false,
  showTips: false, // its hints are English
  modeBarButtons: [['zoom2d', 'pan2d', 'resetScale2d']],
  locale: 'casebook',
  locales: { casebook: { dictionary: { Zoom: words.zoom, Pan: words.pan, 'Reset axes': words.reset }, format: {} } },
})

// `points` are the curves drawn, `look()` is { traces, layout } for the present theme and words, in the flat form
// of Plotly.update. Every call waits for the one before it, the first for Plotly itself.
function chart(figure, points, look, data) {
  const box = figure.querySelector('.cb-live-plot')
  const drawn = points.map(() => 0)
  let [plotly, closed] = [null, false]

  const open = async () => {
    while (!plotly && !closed) plotly = await loadPlotly(data.plotly).catch(() => pause(3000))
    if (closed) return
    await plotly.newPlot(box, points.map(() => ({ x: [], y: [] })), structuredClone(LAYOUT), config(data.words))
    figure.removeAttribute('data-loading')
  }
  const append = () => {
    const grown = points.map((_, i) => i).filter((i) => points[i].x.length > drawn[i])
    if (grown.length === 0) return null
    const added = (axis) => grown.map((i) => points[i][axis].slice(drawn[i]))
    return plotly.extendTraces(box, { x: added('x'), y: added('y') }, grown)
  }
  const replace = (indices) => {
    const copies = (axis) => indices.map((i) => [...points[i][axis]])
    return plotly.restyle(box, { x: copies('x'), y: copies('y') }, indices)
  }
  // How many rows the legend takes depends on width, names and font, so it is measured as it came out; the figure grows
  // by it, and the curves keep their height.
  const fit = async () => {
    const legend = Math.ceil(box.querySelector('.infolayer > .legend > .bg')?.height.baseVal.value ?? 0)
    if (BELOW + legend === box.layout.margin.b) return
    figure.style.setProperty('--cb-legend', `${legend}px`)
    await plotly.relayout(box, { 'margin.b': BELOW + legend })
    await plotly.Plots.resize(box)
  }
  const draw = async () => {
    const rewritten = points.map((_, i) => i).filter((i) => points[i].rewritten)
    for (const i of rewritten) [points[i].rewritten, drawn[i]] = [false, points[i].x.length]
    const change = append()
    points.forEach((curve, i) => (drawn[i] = curve.x.length))
    await change
    if (rewritten.length) await replace(rewritten)
    figure.toggleAttribute('data-empty', drawn.every((n) => n === 0))
    await fit() // there is no legend before there are points
  }
  const dress = async () => {
    await plotly.update(box, look().traces, look().layout)
    await fit()
  }
  const resize = async () => {
    if (box.offsetWidth === 0) return
    await plotly.Plots.resize(box)
    await fit()
  }

  let queue = (closing.get(figure) ?? Promise.resolve()).then(open)
  const next = (work) => (queue = queue.then(() => (closed ? null : work())).catch(console.error))
  next(dress)
  return {
    draw: () => next(draw),
    dress: () => next(dress),
    resize: () => next(resize),
    close() {
      closed = true
      closing.set(figure, queue.catch(console.error).then(() => plotly?.purge(box))) // not while a figure is being made
    },
  }
}
