// Words that were said beside words that were heard, with what differs marked by sign, line and colour.

// `pairs`: [said, heard], null for nothing. A list of elements, with spaces between.
function differences(pairs, words) {
  const told = pairs.flatMap(([said, heard]) => [differing(said, heard, words), document.createTextNode(' ')])
  const none = document.createElement('span')
  none.className = 'cb-marked-none'
  none.textContent = words.nothing
  return told.length ? told.slice(0, -1) : [none]
}

function differing(said, heard, words) {
  if (said === heard) return document.createTextNode(said)
  const kind = said === null ? 'invented' : heard === null ? 'missed' : 'exchanged'
  const mark = document.createElement('span')
  mark.className = 'cb-marked'
  mark.dataset.kind = kind
  const fill = { said: said ?? '', heard: heard ?? '' }
  mark.title = words[kind].replace(/\{(said|heard)\}/g, (_, side) => fill[side])
  if (said !== null) mark.append(Object.assign(document.createElement('del'), { textContent: said }))
  if (heard !== null) mark.append(Object.assign(document.createElement('ins'), { textContent: heard }))
  return mark
}
