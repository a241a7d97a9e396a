// What is read at once is looked at first: it is sent when both places are filled, or when the button is pressed.

function openStaging(zone, { enter, busy, begin }) {
  const sendStaged = () => {
    const { train, test } = zone.staged
    zone.items = [train, test].filter(Boolean)
    zone.collection = test ? 'new' : null
    zone.skipped = 0
    begin()
  }
  const stage = async (place, item) => {
    const staged = { ...item, split: place === 'test' ? 'test' : '', plan: { lines: [], warnings: [] } }
    zone.staged[place] = staged
    enter('ready')
    staged.plan = await planOf(item.file, zone.data, place === 'test')
    if (zone.staged[place] !== staged || busy()) return
    const { train, test } = zone.staged
    const doubtful = [train, test].some((one) => one?.plan.warnings.length)
    if (train && test && !doubtful) sendStaged()
    else enter('ready', test && !train ? (text) => text.train_next : null)
  }
  return { stage, sendStaged }
}
