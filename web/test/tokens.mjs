// Prints the tokens of texts, of each its windows, as JSON: `node tokens.mjs MODEL TEXTS`, the folder of a demo's model and a JSON list.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Tokenizer } from '@huggingface/tokenizers'

import { openTokens, stripped } from '../page/tokens.js'

const [folder, texts] = process.argv.slice(2)
const json = (name) => JSON.parse(readFileSync(name, 'utf-8'))
const { tokenizer: told } = json(join(folder, 'model.json'))
const table = told.charsmap ? json(join(folder, told.charsmap)) : null
const tokens = openTokens(Tokenizer, json(join(folder, told.file)), table, told)
console.log(JSON.stringify(json(texts).map((text) => tokens(stripped(text)))))
