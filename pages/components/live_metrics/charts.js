// What the two charts show: the loss of training and validation, and the task's metric with its reference lines.

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
    'xaxis.unifiedhovertitle': { text: `${data.words.epochs} %{x:.2~f}` },
    'xaxis.spikecolor': look.quiet,
    'modebar.color': look.quiet,
    'modebar.activecolor': look.strong,
  }
}

function bestLine(best, look) {
  return { type: 'line', name: 'best', x0: best.epoch, x1: best.epoch, yref: 'paper', y0: 0, y1: 1, layer: 'below', line: { color: look.strong, width: 1.25, dash: 'dot' } }
}

const FEW = 12 // points up to which each is marked: one alone makes no line

// Both charts span the same epochs: all that are to come, and of a run that is over all that there were.
function epochsLook(all, answer) {
  const reached = Math.max(...['train loss', 'validation loss'].map((name) => all[name].x.at(-1) ?? 0))
  const end = answer?.finished ? reached : Math.max(reached, answer?.progress?.epochs ?? 0)
  return { 'xaxis.autorangeoptions.include': end ? [0, end] : [] }
}

function lossLook(root, data, { best, answer, all }) {
  const look = lookOf(root)
  const smooth = all.smooth.y.length > 0
  return {
    traces: {
      name: [data.words.train, data.words.validation, data.words.smoothed],
      mode: [all['train loss'].y.length < FEW ? 'lines+markers' : 'lines', 'lines+markers', 'lines'],
      showlegend: [true, true, smooth],
      opacity: [smooth ? 0.4 : 1, 1, 1],
      'line.color': [look.quiet, look.strong, look.quiet],
      'line.width': [1.25, 2, 2],
      'marker.size': [4, 7, 4],
    },
    layout: {
      ...plainLook(look, data),
      ...epochsLook(all, answer),
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

function metricLook(root, data, { best, answer, all }) {
  const look = lookOf(root)
  const references = answer?.references
  const known = data.baselines.filter(({ name }) => references?.[name] != null)
  const levels = known.map(({ name }) => references[name])
  return {
    traces: {
      name: [data.words.validation, data.words.train],
      mode: 'lines+markers',
      showlegend: [true, all['train metric'].y.length > 0],
      'line.color': [look.strong, look.quiet],
      'line.width': [2, 1.25],
      'marker.size': [7, 4],
    },
    layout: {
      ...plainLook(look, data),
      shapes: [...known.map((one) => referenceLine(references[one.name], one, look, data)), ...(best ? [bestLine(best, look)] : [])],
      'yaxis.tickformat': data.shares ? ',.3~%' : '.3~f',
      'yaxis.hoverformat': data.shares ? '.1%' : '.3f',
      ...epochsLook(all, answer),
      'yaxis.autorangeoptions.clipmin': 0,
      ...(isWithinOne(data, all) ? { 'yaxis.autorangeoptions.clipmax': 1.02 } : { 'yaxis.autorangeoptions.clipmax': null }),
      'yaxis.autorangeoptions.include': levels.flatMap((level) => [level - 0.02, level + 0.02]),
    },
  }
}

// A share of errors may be above one.
const isWithinOne = (data, all) => data.shares && Math.max(0, ...all.metric.y) <= 1

// What decides over the look besides the theme: only where it changes the charts are dressed again.
const dressedBy = ({ best, answer, data }, all) => JSON.stringify([
  answer?.references, best, epochsLook(all, answer), isWithinOne(data, all), all.smooth.y.length > 0,
  all['train metric'].y.length > 0, all['train loss'].y.length < FEW,
])

function drawCaption(figure, title, alt, empty, value) {
  const [name, number] = figure.querySelector('figcaption').children
  write(name, title)
  write(number, value)
  write(figure.querySelector('p'), empty)
  figure.querySelector('.cb-live-plot').setAttribute('aria-label', alt)
}
