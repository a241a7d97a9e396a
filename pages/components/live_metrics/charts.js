// What the two charts show: the loss of training and validation, and the task's metric with its reference lines and
// whatever else is drawn `also`.

// What the axis shows is a note at its own place: the axis's title would be drawn over the numbers as soon as the legend
// is tall.
function plainLook(look, data) {
  const common = commonLook(look)
  const title = { text: data.words.epochs, showarrow: false, font: { size: SMALL } }
  return {
    ...common,
    annotations: [{ ...title, xref: 'paper', x: 0.5, yref: 'paper', y: 0, yanchor: 'top', yshift: -24 }],
    separators: separators(data.language),
    'legend.font': legendLook(look).font,
    'legend.bgcolor': legendLook(look).bgcolor,
    ...Object.fromEntries(['xaxis', 'yaxis'].flatMap((axis) => Object.entries(axisLook(look)).map(([name, value]) => [`${axis}.${name}`, value]))),
    'xaxis.unifiedhovertitle': { text: `${data.words.epochs} %{x}` },
    'xaxis.spikecolor': look.quiet,
    'modebar.color': look.quiet,
    'modebar.activecolor': look.strong,
  }
}

function bestLine(best, look) {
  return { type: 'line', name: 'best', x0: best.epoch, x1: best.epoch, yref: 'paper', y0: 0, y1: 1, layer: 'below', line: { color: look.strong, width: 1.25, dash: 'dot' } }
}

function lossLook(root, data, best) {
  const look = lookOf(root)
  return {
    traces: {
      name: [data.words.train, data.words.validation],
      mode: ['lines', 'lines+markers'],
      'line.color': [look.quiet, look.strong],
      'line.width': [1.25, 2],
      'marker.size': 7,
    },
    layout: {
      ...plainLook(look, data),
      shapes: best ? [bestLine(best, look)] : [],
      'yaxis.rangemode': 'tozero',
      'yaxis.hoverformat': '.4f',
    },
  }
}

// The level is told in the legend: a label beside the line would lie over the curve that passes there.
function referenceLine(level, { title, dash }, look, { language, shares }) {
  return {
    type: 'line',
    name: `${title} ${numbers(language).figure(level, shares)}`,
    showlegend: true,
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0: level,
    y1: level,
    line: { color: look.quiet, width: 1.25, dash },
  }
}

function metricLook(root, data, references, best) {
  const look = lookOf(root)
  const also = Object.values(data.also)
  const known = data.baselines.filter(({ name }) => references?.[name] != null)
  const levels = known.map(({ name }) => references[name])
  return {
    traces: {
      name: also.length ? [data.words.metric, ...also] : [data.words.validation],
      mode: 'lines+markers',
      showlegend: true,
      'line.color': [look.strong, ...also.map(() => look.quiet)],
      'line.width': [2, ...also.map(() => 1.25)],
      'marker.size': [7, ...also.map(() => 4)],
    },
    layout: {
      ...plainLook(look, data),
      shapes: [...known.map((one) => referenceLine(references[one.name], one, look, data)), ...(best ? [bestLine(best, look)] : [])],
      'yaxis.tickformat': data.shares ? ',.3~%' : '.3~f',
      'yaxis.hoverformat': data.shares ? '.1%' : '.3f',
      'yaxis.autorangeoptions.include': levels.flatMap((level) => [level - 0.02, level + 0.02]),
    },
  }
}

function drawCaption(figure, title, alt, empty, value) {
  const [name, number] = figure.querySelector('figcaption').children
  write(name, title)
  write(number, value)
  write(figure.querySelector('p'), empty)
  figure.querySelector('.cb-live-plot').setAttribute('aria-label', alt)
}
