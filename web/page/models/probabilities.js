// Classes and their probabilities, the likeliest first; of equal ones the first of the model's order.

export function ranked(classes, probabilities) {
  const order = classes.map((_, i) => i).sort((one, other) => probabilities[other] - probabilities[one] || one - other)
  return { labels: order.map((i) => classes[i]), probabilities: order.map((i) => probabilities[i]) }
}

// Why something given has no answer; `word` is the key of the sentence.
export const refusal = (word) => Object.assign(new Error(word), { word })
