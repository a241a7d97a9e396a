// How much the noisy curve of the training loss is smoothed: kept in this browser, for all runs.

const SMOOTHING = 'casebook-smoothing'

function openSmoothing(label, changed) {
  const [name, input, told] = label.children
  const kept = Number(localStorage.getItem(SMOOTHING))
  input.value = kept > 0 && kept < 1 ? kept : 0
  input.addEventListener('input', () => {
    localStorage.setItem(SMOOTHING, input.value)
    changed()
    write(told, Number(input.value).toFixed(2))
  })
  return {
    amount: () => Number(input.value),
    draw(words) {
      write(name, words.smoothing)
      write(told, Number(input.value).toFixed(2))
    },
  }
}
