// A text is written token by token, each the likeliest after those before it; as
// cases/speech/transcription/greedy_decoder.py has it.

// `step`: takes the new tokens and gives the scores of the next. Returns the tokens, and how sure each was on average.
export async function written(step, { prefix, end, never, never_first: neverFirst, most }) {
  const tokens = []
  let [logarithms, given] = [0, prefix]
  while (tokens.length < most) {
    const scores = new Float32Array(await step(given))
    for (const token of tokens.length ? never : [...never, ...neverFirst]) scores[token] = -Infinity
    const best = likeliest(scores)
    logarithms -= Math.log(scores.reduce((sum, score) => sum + Math.exp(score - scores[best]), 0))
    if (best === end) break
    tokens.push(best)
    given = [best]
  }
  return { tokens, sureness: Math.exp(logarithms / (tokens.length + 1)) }
}

function likeliest(scores) {
  let best = 0
  for (let token = 1; token < scores.length; token++) if (scores[token] > scores[best]) best = token
  return best
}
