// Sounds that can be heard: one at a time on the whole page, whichever component they are in.

const PLAYING = 'cb-playing' // told to the document by whichever begins
const SHAPES = { play: 'M8 5v14l11-7z', pause: 'M7 5h4v14H7zM13 5h4v14h-4z', bin: 'M6 8v12h12V8M4 5h16M9 5V3h6v2M10 11v6M14 11v6' }

const part = (tag, name, ...inside) => {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...inside)
  return made
}

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'path'))
  svg.firstChild.setAttribute('d', SHAPES[name])
  return svg
}

// 0.5 s, 12.3 秒, 2:05; the browser writes no space before a unit
function lengthOf(seconds, language) {
  if (seconds >= 60) return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
  const style = { style: 'unit', unit: 'second', unitDisplay: 'narrow', minimumFractionDigits: 1, maximumFractionDigits: 1 }
  const parts = new Intl.NumberFormat(language, style).formatToParts(seconds).filter(({ type }) => type !== 'literal')
  return parts.map(({ type, value }) => (type === 'unit' ? `\u00a0${value}` : value)).join('')
}

// The pictures of sounds are dark on light; where the page is dark they are turned.
function tone(root) {
  const told = getComputedStyle(root).getPropertyValue('--st-background-color')
  const parts = told.startsWith('#') ? told.match(/[0-9a-f]{2}/gi).map((one) => parseInt(one, 16)) : (told.match(/[\d.]+/g) ?? [255]).map(Number)
  root.toggleAttribute('data-dark', parts[0] < 128)
}

// `sound`: an address, or what a person gave. `picture` may be missing; with `seekable` a place in it can be chosen.
function clip({ sound, picture, seconds = 0, name = '' }, { words, language, seekable = false }) {
  const play = part('button', 'cb-clip-play', icon('play'))
  const sight = part('div', 'cb-clip-sight')
  const line = part('i', 'cb-clip-line')
  const time = part('span', 'cb-clip-time')
  const box = part('div', 'cb-clip', play, sight, time)
  const seek = part('input', 'cb-clip-seek')
  let audio = null
  let frame = 0
  play.type = 'button'
  const show = (src, wave = false) => {
    box.toggleAttribute('data-bare', !src)
    box.toggleAttribute('data-wave', wave)
    sight.querySelector('img')?.remove()
    if (src) sight.prepend(Object.assign(part('img', ''), { src, alt: '', loading: 'lazy', decoding: 'async' }))
  }
  show(picture)
  sight.append(line)
  if (seekable) {
    Object.assign(seek, { type: 'range', min: 0, max: 1, step: 0.01, value: 0, ariaLabel: words.place })
    sight.append(seek)
  }

  const whole = () => (Number.isFinite(audio?.duration) ? audio.duration : seconds)
  const draw = () => {
    const [at, all, sounding] = [audio?.currentTime ?? 0, whole(), Boolean(audio && !audio.paused)]
    box.toggleAttribute('data-begun', sounding || at > 0)
    line.style.left = `${all ? (100 * at) / all : 0}%`
    if (document.activeElement !== seek || sounding) seek.value = all ? at / all : 0
    time.textContent = all ? (at > 0 ? `${lengthOf(at, language)} / ${lengthOf(all, language)}` : lengthOf(all, language)) : ''
    if (!sounding) return
    if (box.isConnected) frame = requestAnimationFrame(draw)
    else leave()
  }
  const enter = (state) => {
    cancelAnimationFrame(frame)
    box.dataset.state = state
    play.firstChild.replaceWith(icon(state === 'playing' ? 'pause' : 'play'))
    play.ariaLabel = play.title = [state === 'failed' ? words.failed : words[state === 'playing' ? 'pause' : 'play'], name].filter(Boolean).join(' · ')
    draw()
  }
  const hush = ({ detail }) => {
    if (!box.isConnected) leave()
    else if (detail !== audio) audio.pause()
  }
  // What was taken from the page is silent.
  const leave = () => {
    audio.pause()
    document.removeEventListener(PLAYING, hush)
    if (audio.src.startsWith('blob:')) URL.revokeObjectURL(audio.src)
  }
  const open = () => {
    audio = new Audio(typeof sound === 'string' ? sound : URL.createObjectURL(sound))
    audio.addEventListener('play', () => {
      document.dispatchEvent(new CustomEvent(PLAYING, { detail: audio }))
      enter('playing')
    })
    audio.addEventListener('pause', () => enter('still'))
    audio.addEventListener('ended', () => {
      audio.currentTime = 0
      enter('still')
    })
    audio.addEventListener('error', () => enter('failed'))
    audio.addEventListener('durationchange', draw)
    document.addEventListener(PLAYING, hush)
  }
  const toggle = () => {
    if (!audio || box.dataset.state === 'failed') open()
    if (audio.paused) audio.play().catch(() => {}) // the event tells of it
    else audio.pause()
  }
  const go = (share) => {
    if (!audio) open()
    const move = () => {
      audio.currentTime = share * whole()
      draw()
    }
    if (whole()) move()
    else audio.addEventListener('loadedmetadata', move, { once: true })
  }
  play.addEventListener('click', toggle)
  seek.addEventListener('input', () => go(Number(seek.value)))
  seek.addEventListener('keydown', (event) => event.stopPropagation()) // arrows move in it, not to the next recording
  if (typeof sound !== 'string') open() // its length is not known otherwise
  enter('still')
  return {
    box,
    show,
    from: (place) => {
      if (!audio) open()
      audio.currentTime = place
      if (audio.paused) toggle()
    },
  }
}
