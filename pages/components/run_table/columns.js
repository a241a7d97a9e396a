// Which columns are shown: chosen from a list that unfolds, kept for the person by whoever hears of it.

function openColumns(table) {
  const menu = table.root.querySelector('.cb-runs-columns')
  const [title, list] = menu.children
  const fold = () => (menu.open = false)
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    fold()
    title.focus()
  })
  // Not when the focus leaves: a press on a label gives it to what lies around the table for a moment.
  document.addEventListener('pointerdown', (event) => menu.isConnected && !event.composedPath().includes(menu) && fold())
  const choose = (name, on) => {
    const { state } = table
    state.columns = columnsOf(table).map((one) => one.name).filter((one) => (one === name ? on : state.columns.includes(one)))
    if (!seen(table).some(({ sort }) => sort === state.sort.by)) table.sortBy('name')
    table.tell('columns', state.columns.join(','))
    table.draw()
  }
  return {
    draw() {
      const { words } = table.data
      const columns = columnsOf(table).slice(1)
      const content = JSON.stringify([words, columns])
      if (list.dataset.content !== content) {
        list.dataset.content = content
        title.textContent = words.columns
        list.setAttribute('aria-label', words.columns)
        list.replaceChildren(...columns.map(({ name }) => {
          const tick = checkbox(words[name], false, (on) => choose(name, on))
          tick.append(words[name])
          return tick
        }))
      }
      list.querySelectorAll('input').forEach((box, i) => (box.checked = table.state.columns.includes(columns[i].name)))
    },
  }
}
