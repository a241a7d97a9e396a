// Scores of all items for who had some; what they had and what was left out is taken away, as model.json says.

const KEPT = 20 // items of a list

export async function open(model, { session, json, tensor }) {
  const [network, items] = await Promise.all([session(model.file), json(model.items)])
  return async ({ titles, had }) => {
    if (titles) return items
    const { scores } = await network.run({ items: tensor('int64', BigInt64Array.from(had, BigInt), [had.length]) })
    return best(scores.data, new Set(had), model.gone)
  }
}

// The items with the highest scores, of equal ones the first, and the model's share for each among all that are left.
export function best(scores, had, gone) {
  const left = Array.from(scores, (_, item) => item).filter((item) => !had.has(item) && scores[item] > gone)
  left.sort((one, other) => scores[other] - scores[one] || one - other)
  const most = scores[left[0]]
  const total = left.reduce((sum, item) => sum + Math.exp(scores[item] - most), 0)
  const items = left.slice(0, KEPT)
  return { items, scores: items.map((item) => Math.exp(scores[item] - most) / total) }
}
