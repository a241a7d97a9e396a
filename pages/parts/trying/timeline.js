// A long recording is answered stretch by stretch: a band with a colour for each label; a click plays from there.

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

// `stretches`: [start, end, label, probability], in seconds and in order; `go` is called with a share of the whole.
function timeline({ stretches }, { words, language, colours }, go) {
  const percent = new Intl.NumberFormat(language, { style: 'percent' })
  const whole = stretches.at(-1)[1]
  const labels = [...new Set(stretches.map(([, , label]) => label))].filter(Boolean)
  const colour = (label) => colours[labels.indexOf(label) % colours.length]
  const bands = stretches.map(([start, end, label, share]) => {
    const band = part('button', '', label)
    band.type = 'button'
    band.style.cssText = `flex: ${end - start} 0 0; --cb-colour: ${label ? colour(label) : 'transparent'}`
    const told = label ? `${label} ${percent.format(share)}` : words.quiet
    band.title = band.ariaLabel = `${clock(start)} – ${clock(end)}: ${told}`
    band.addEventListener('click', () => go(start / whole))
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
