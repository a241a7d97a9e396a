// A long recording is answered stretch by stretch: a band with a colour for each label; a click plays from there.

// `moments`: start, stop, label and probability, in seconds and in order; `go` is called with a place, in seconds.
function timeline({ moments }, { words, language, colours }, go) {
  const percent = new Intl.NumberFormat(language, { style: 'percent' })
  const whole = moments.at(-1).stop
  const labels = [...new Set(moments.map(({ label }) => label))].filter(Boolean)
  const colour = (label) => (label ? colours[labels.indexOf(label) % colours.length] : 'transparent')
  const bands = moments.map(({ start, stop, label, probability }) => {
    const band = part('button', '', label)
    band.type = 'button'
    band.style.cssText = `flex: ${stop - start} 0 0; --cb-colour: ${colour(label)}`
    const told = label ? `${label} ${percent.format(probability)}` : words.quiet
    band.title = band.ariaLabel = `${clock(start)} – ${clock(stop)} · ${told}`
    band.addEventListener('click', () => go(start))
    return band
  })
  const legend = labels.map((label) => {
    const entry = part('li', '', label)
    entry.style.setProperty('--cb-colour', colour(label))
    return entry
  })
  return part(
    'div', 'cb-try-timeline',
    part('p', 'cb-try-muted', words.timeline),
    part('div', 'cb-try-bands', ...bands),
    part('p', 'cb-try-muted', part('span', '', clock(0)), part('span', '', clock(whole))),
    part('ul', '', ...legend),
  )
}
