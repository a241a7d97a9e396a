// The page of one model: what it does, a try, how good it is, and its card. Everything comes from this folder.

import { drawAbout } from './about.js'
import { openAnswer } from './answer.js'
import { el, spanned } from './dom.js'
import { openModel } from './model.js'
import { drawResult } from './result.js'
import { openWords } from './words.js'

const HERE = new URL('../', import.meta.url)
const read = async (name) => (await fetch(new URL(name, HERE), { cache: 'no-cache' })).json()

function languages(demo, words) {
  const buttons = Object.entries(demo.languages).map(([language, { name }]) =>
    el('button', { type: 'button', lang: language, on: { click: () => words.choose(language) } }, name))
  words.told(() => buttons.forEach((button) => (button.ariaPressed = String(button.lang === words.language))))
  return el('nav', { class: 'languages', 'aria-label': '语言 / Language' }, ...buttons)
}

function headline(demo, words) {
  const title = el('h1', { dir: 'auto' })
  const description = el('p', { class: 'description', dir: 'auto' }, demo.description)
  description.hidden = !demo.description
  const author = el('p', { class: 'muted', dir: 'auto' })
  author.hidden = !demo.author
  words.told(() => {
    document.title = title.textContent = words.all.title ?? demo.title
    author.textContent = words.say('by', { name: demo.author })
  })
  return el('header', { class: 'headline' }, title, author, description)
}

// What it does, what fits, and what is loaded for it, above the place to try.
function before(words, opened) {
  const promise = el('p')
  const fits = words.spoken(el('p'), 'fits')
  const loads = el('p', { class: 'muted' })
  words.told(() => {
    promise.replaceChildren(...spanned(words.all.promise))
    fits.hidden = !fits.textContent
    loads.textContent = words.say('loads', { size: words.size(opened.bytes) })
  })
  return [promise, fits, loads]
}

function footer(words) {
  const lines = ['private', 'made'].map((key) => words.spoken(el('p', { class: 'muted' }), key))
  return el('footer', {}, ...lines)
}

async function open() {
  const [demo, model] = await Promise.all([read('demo.json'), read('model/model.json')])
  const words = openWords(demo.languages)
  const [{ form }, { openView }] = await Promise.all([import(`./inputs/${model.modality}.js`), import(`./answers/${model.kind}.js`)])
  const opened = openModel(HERE, model, demo.files, demo.gpu, demo.runtime)
  const trying = el('section', {}, words.spoken(el('h2', {}), 'try'), el('div', { class: 'before' }, ...before(words, opened)))
  const main = document.querySelector('main')
  main.replaceChildren(
    el('div', { class: 'top' }, languages(demo, words)), headline(demo, words), trying, drawResult(demo, words, model),
    drawAbout(words, model), footer(words),
  )
  const answer = openAnswer({ view: openView({ demo, model, words }), words, opened })
  trying.append(form({ demo, model, words, answer, opened, here: HERE }))
}

await open()
