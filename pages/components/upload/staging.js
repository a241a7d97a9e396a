// What is read at once is looked at first: nothing is sent before the button is pressed, whichever places are filled.

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
    enter('ready', test && !train ? (text) => text.train_next : null)
  }
  return { stage, sendStaged }
}
