// How the model of this folder agrees with what was evaluated; a new process found it on the test items.

const ENOUGH = 0.999 // of the answers are the same; fewer are told beside the results

// Sentences, as model.json has the figures.
export function proven(model, words) {
  if (!model.agreement) return [words.say('unproven')]
  const { same, items, largest_difference: most, metric, value, value_full: evaluated } = model.agreement
  return [
    words.say('proven', { same: words.number(same), items: words.number(items) }),
    most === undefined ? '' : words.say('proven_far', { most: words.figures(most) }),
    metric ? words.say('proven_metric', { metric: words.say(metric), value: words.percent(value), evaluated: words.percent(evaluated) }) : '',
    differs(model, words),
  ].filter(Boolean)
}

// The sentence that too many answers differ; '' where they do not.
export function differs({ agreement }, words) {
  return agreement && agreement.same < ENOUGH * agreement.items ? words.say('proven_low') : ''
}
