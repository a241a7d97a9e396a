// A sound: the first thirty seconds give its answer, as in the evaluation; a long one is also told moment by moment.

import { ranked } from './probabilities.js'
import { moments } from './segments.js'

const LONGEST = 30 // seconds that the answer goes by

export async function open(model, { session, tensor }) {
  const network = await session(model.file)
  const ask = async (samples) => (await network.run({ samples: tensor('float32', samples, [samples.length]) })).probabilities.data
  return async ({ samples }) => ({
    ...ranked(model.classes, await ask(samples.slice(0, LONGEST * model.sample_rate))),
    moments: await moments(samples, model, ask),
  })
}
