// The picture of what was given, large; once its heat map is there it lies over it, and a button lifts it. Where the
// picture stands elsewhere, `laid` is called with the heat map in its place, "" once that is no longer to be seen.

function openSight(figure) {
  const [seen, heat] = figure.querySelectorAll('img')
  const caption = figure.querySelector('figcaption')
  const button = caption.querySelector('button')
  const known = new Map() // key of what was given → its heat map, for it may be given again
  const sight = { laid: null }
  let key = ''
  const cool = () => {
    heat.hidden = caption.hidden = true
    heat.removeAttribute('src')
  }
  const turn = (on) => {
    button.ariaPressed = String(on)
    heat.toggleAttribute('data-on', on)
  }
  // Tells that the explanation of what was given is there, or is no longer to be seen.
  const warm = ({ detail }) => {
    if (!detail.heat) {
      known.clear()
      sight.laid?.('')
      return cool()
    }
    known.set(detail.key, detail)
    if (detail.key !== key) return
    detail.taken = !figure.hidden || Boolean(sight.laid) // else the explanation shows its pictures itself
    if (!heat.hidden) return
    if (figure.hidden) return sight.laid?.(detail.heat)
    Object.assign(heat, { src: detail.heat, alt: detail.caption })
    seen.src = detail.seen // the same part of the picture, so that both lie on one another
    heat.hidden = caption.hidden = false
    turn(true)
  }
  button.addEventListener('click', () => turn(button.ariaPressed !== 'true'))
  document.addEventListener('cb-explained', warm)
  return Object.assign(sight, {
    show(src, alt = '', of = '') {
      key = of
      cool()
      figure.hidden = !src
      if (src) Object.assign(seen, { src, alt })
      if (known.has(key)) warm({ detail: known.get(key) })
    },
    write: ({ heat: name }) => (button.textContent = name),
    end: () => document.removeEventListener('cb-explained', warm),
  })
}
