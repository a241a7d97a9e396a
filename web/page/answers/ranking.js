// A list of items stands where items are picked, see inputs/item.js; here only what is to be said of it.

export function openView() {
  return { parts: [], expected: () => [], draw: () => {}, clear: () => {}, beside: () => [] }
}
