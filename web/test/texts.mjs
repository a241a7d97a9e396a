// Prints what the page of a demo answers about texts, as JSON: `node texts.mjs DEMO MODEL TEXTS`, the folder of a demo,
// that of its model, and a JSON list.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import * as ort from 'onnxruntime-web'

const [demo, folder, texts] = process.argv.slice(2)
const read = (name) => readFileSync(join(folder, name))
const json = (name) => JSON.parse(read(name))
ort.env.wasm.numThreads = 1
const session = async (name) => ort.InferenceSession.create(read(name), { executionProviders: ['wasm'] })
const tensor = (type, data, dims) => new ort.Tensor(type, data, dims)
const page = pathToFileURL(resolve(demo, 'page/models/classification-text.js'))
const { open } = await import(page.href)
const answer = await open(json('model.json'), { session, json, tensor })
const told = []
for (const text of JSON.parse(readFileSync(texts, 'utf-8'))) told.push(await answer({ text }))
console.log(JSON.stringify(told))
