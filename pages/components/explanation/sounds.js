// What was found of a sound: its picture with the moments that mattered, the whole to be heard, only those, and the rest.

const percentOf = (share, language) =>
  new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share)

// One of the sounds that were cut, with what the model says of it.
function cutSound(name, title, { url, words, language }, told) {
  const { box } = clip({ sound: `${url}&file=${name}.wav`, name: title }, { words: words.player, language })
  const [label, share] = told.said[name]
  const says = filled(words.says, { label, share: percentOf(share, language) })
  return make('li', '', make('p', '', make('strong', '', title), make('span', '', says)), box)
}

// `name`: heard, which was not explained, or the class that was, predicted or truth.
function soundFigure(name, caption, data, told) {
  const { url, words, language } = data
  const seconds = told.seconds
  const whole = { picture: `${url}&file=${name}.webp`, sound: `${url}&file=heard.wav`, seconds }
  const { box } = clip(whole, { words: words.player, language, seekable: true })
  const figure = make('figure', '', make('figcaption', '', caption), box)
  const cuts = [['only', words.only], ['without', words.without]]
    .map(([which, title]) => [`${name}-${which}`, title])
    .filter(([cut]) => told.sounds.includes(cut))
    .map(([cut, title]) => cutSound(cut, title, data, told))
  if (cuts.length) figure.append(make('ul', 'cb-sounds-cut', ...cuts))
  if (name === 'heard' && told.unheard) {
    figure.append(make('p', 'cb-sounds-unheard', filled(words.unheard, { n: lengthOf(told.unheard, words.player, language) })))
  }
  return figure
}
