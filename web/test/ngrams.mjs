// Prints what is counted of texts as JSON: `node ngrams.mjs WORDS TEXTS`, a words.json and a JSON list of texts.

import { readFileSync } from 'node:fs'

import { openCounts } from '../page/ngrams.js'

const [words, texts] = process.argv.slice(2).map((name) => JSON.parse(readFileSync(name, 'utf-8')))
const counted = openCounts(words, words)
const pairs = ({ ids, counts }) => ids.map((id, place) => [id, counts[place]]).sort(([one], [other]) => one - other)
console.log(JSON.stringify(texts.map((text) => pairs(counted(text)))))
