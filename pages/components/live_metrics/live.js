// The view of one run. Streamlit calls the default function at the mount and after every rerun or change of theme.

const views = new WeakMap()

function openView(root, data) {
  const { all, add } = curves(data.metric)
  const watched = probes(root, data)
  root.querySelector('.cb-live-bar').setAttribute('aria-label', data.words.status_queued) // until there is an answer
  const view = { run: data.run, data, cursor: -1, answer: null, told: new Set(), all }
  const figure = (name) => root.querySelector(`[data-chart="${name}"]`)
  const charts = [
    chart(figure('loss'), [all['train loss'], all['validation loss'], all.smooth], () => lossLook(root, view.data, view), data),
    chart(figure('metric'), [all.metric, all['train metric']], () => metricLook(root, view.data, view), data),
  ]
  const notify = notices(root.querySelector('.cb-live-notify'), data.run)
  const smoothing = openSmoothing(root.querySelector('.cb-live-smoothing'), () => {
    const before = dressedBy(view, all)
    all.smooth.follow(smoothing.amount())
    if (dressedBy(view, all) !== before) charts[0].dress()
    charts[0].draw()
  })

  // A chart whose points cannot come any more is not drawn; of a run that is taken up again they can.
  const hideEmpty = (name, drawing, needed) => {
    const box = figure(name)
    const before = box.hidden
    box.hidden = Boolean(view.answer?.finished) && needed.every((one) => all[one].y.length === 0)
    if (before && !box.hidden) drawing.resize()
  }
  // Before the first point there is a line in the place of both charts.
  const drawBefore = () => {
    write(root.querySelector('.cb-live-before'), view.data.words.empty)
    const none = !view.data.learnt_already && !view.answer?.finished && ['train loss', 'validation loss', 'metric'].every((one) => all[one].y.length === 0)
    const before = root.hasAttribute('data-before')
    root.toggleAttribute('data-before', none)
    if (before && !none) charts.forEach((one) => one.resize())
  }
  const drawText = () => {
    const { words, language } = view.data
    const number = numbers(language)
    const loss = all['validation loss'].last() ?? all['train loss'].last()
    const metric = all.metric.last()
    if (view.answer) {
      drawStatus(root, words, number, view.answer, view.data.kept)
      const [word, detail, left] = ['status', 'detail', 'left'].map((name) => root.querySelector(`[data-say="${name}"]`).textContent)
      const { status } = view.answer
      dispatchEvent(new CustomEvent('casebook-live', { detail: { status, word, told: detail || word, left } })) // for the header
    }
    else drawPhases(root.querySelector('.cb-live-phases'), words, { status: 'queued', phase: null })
    const validated = view.answer?.finished ? words.validation_end : words.validation // not of the epoch that was kept
    const of = all['validation loss'].last() == null ? words.train : validated
    smoothing.draw(words)
    notify.draw(words, Boolean(view.data.finished_already || !view.answer || view.answer.finished))
    drawBest(root.querySelector('.cb-live-best'), words, number, view.best, view.answer?.finished)
    drawBefore()
    hideEmpty('loss', charts[0], ['train loss', 'validation loss'])
    hideEmpty('metric', charts[1], ['metric'])
    drawCaption(figure('loss'), words.loss, words.loss_alt, words.empty, loss == null ? '' : `${of} ${number.rate(loss)}`)
    const figured = metric == null ? '' : `${validated} ${number.figure(metric, view.data.shares)}`
    drawCaption(figure('metric'), words.metric, words.metric_alt, words.empty, figured)
    watched.draw(words, number)
    drawTiles(root.querySelector('.cb-live-tiles'), words, number, all, Boolean(view.answer?.finished))
  }
  const tell = async (what, drawn) => {
    if (view.told.has(what) || view.data.finished_already) return
    view.told.add(what) // a run that was resumed ends again, at another time
    await Promise.race([drawn, pause(5000)]) // a page without Plotly still learns that the run is over
    view.setTriggerValue('stage', view.run)
  }
  // Only of what happens under the reader's eyes, or behind their back in this tab: never of what was so before.
  const announce = ({ finished, status, outcome, figure }) => {
    const { words, language, shares } = view.data
    const say = (kind) => notify.tell(fill(words[`notify_${kind}`], { name: words.notify_name, figure: figure == null ? '' : numbers(language).figure(figure, shares) }), view.run)
    const before = view.state
    view.state = { status, overfit: Boolean(view.best?.overfit) }
    if (!before || before.finished) return
    if (finished) {
      view.state.finished = true
      say(status === 'done' && figure == null ? 'ended' : outcome)
    } else if (view.state.overfit && !before.overfit) say('overfit')
  }
  const show = (answer) => {
    if (answer.gone) { // discarded, perhaps in another window; the page says so
      view.setTriggerValue('stage', view.run)
      return true
    }
    const drawnBefore = dressedBy(view, all)
    for (const row of answer.rows) row.split === 'probes' ? watched.put(row) : add(row)
    Object.assign(view, { answer, cursor: answer.after })
    view.best = bestOf(all)
    announce(answer)
    all.smooth.follow(smoothing.amount())
    drawText()
    if (dressedBy(view, all) !== drawnBefore) charts.forEach((one) => one.dress())
    const drawn = Promise.all(charts.map((one) => one.draw()))
    if (answer.finished) tell(answer.ended, drawn)
    else if (answer.status === 'running' && !view.data.begun_already) tell(`begun ${answer.attempt}`) // out of the queue
    else if (answer.evaluated && !view.data.evaluated_already) tell(answer.attempt, drawn)
    else if (answer.trained && !view.data.trained_already) tell(`trained ${answer.attempt}`, drawn) // nothing to stop any more
    return answer.finished
  }
  const poll = polling(
    () => `${view.data.url}&after=${view.cursor}`,
    show,
    () => drawReconnecting(root, view.data.words),
    wantsNotices,
  )
  let width = root.offsetWidth
  const watcher = new ResizeObserver(() => {
    if (root.offsetWidth === width) return
    width = root.offsetWidth
    charts.forEach((one) => one.resize())
  })
  watcher.observe(root)

  view.refresh = () => {
    const hidden = root.toggleAttribute('data-bare', Boolean(view.data.nothing_learnt))
    if (view.hidden && !hidden) charts.forEach((one) => one.resize()) // it was taken up again
    view.hidden = hidden
    drawText()
    charts.forEach((one) => one.dress())
    const over = view.answer?.finished && view.data.finished_already
    if (!over) poll.start() // a run taken up again goes on where its curves ended
  }
  view.close = () => {
    poll.close()
    watcher.disconnect()
    charts.forEach((one) => one.close())
  }
  return view
}

export default lasting(({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector('.cb-live')
  tone(root)
  document.documentElement.lang = data.language
  if (views.get(root)?.run !== data.run) {
    views.get(root)?.close()
    views.set(root, openView(root, data))
  }
  const view = views.get(root)
  Object.assign(view, { data, setTriggerValue })
  view.refresh()
  return () => {
    views.get(root)?.close()
    views.delete(root)
  }
})
