// A drawing, the names of its colours, and what it shows; the drawing is ours, the rest are texts.
export default lasting(({ data, parentElement }) => {
  const root = parentElement.querySelector('.cb-term-figure')
  root.innerHTML = data.svg
  const legend = Object.assign(document.createElement('ul'), { className: 'cb-term-legend' })
  legend.append(...data.legend.map((name, tone) => Object.assign(document.createElement('li'), { className: `tone-${tone}`, textContent: name })))
  if (data.legend.length) root.append(legend)
  root.append(Object.assign(document.createElement('figcaption'), { textContent: data.caption }))
})
