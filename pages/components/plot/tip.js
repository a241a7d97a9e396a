// The thing itself beside what the pointer is on: its picture, or the first line of its text.

const [REST, FIRST_LINE, EDGE] = [90, 140, 16] // ms until it is asked for; characters; pixels from the pointer

async function itemAt(address) {
  const answer = await fetch(address)
  if (!answer.ok) return null
  if (answer.headers.get('content-type').startsWith('image/')) {
    const picture = Object.assign(new Image(), { src: address, alt: '' }) // the browser has just kept it
    await picture.decode()
    return picture
  }
  const line = document.createElement('p')
  const text = (await answer.text()).trim().split('\n')[0]
  line.textContent = text.length > FIRST_LINE ? `${text.slice(0, FIRST_LINE)}…` : text
  return line
}

function openTip(root) {
  const tip = Object.assign(document.createElement('div'), { className: 'cb-plot-tip', hidden: true, ariaHidden: 'true' })
  root.append(tip)
  let [timer, asked] = [null, 0]
  const hide = () => {
    clearTimeout(timer)
    asked += 1
    tip.hidden = true
  }
  const place = ({ clientX, clientY }) => {
    const { offsetWidth: width, offsetHeight: height } = tip
    tip.style.left = `${Math.max(EDGE, Math.min(clientX + EDGE, innerWidth - width - EDGE))}px`
    tip.style.top = `${clientY + EDGE + height < innerHeight ? clientY + EDGE : clientY - height - EDGE}px`
  }
  const show = (addresses, event) => {
    hide()
    const mine = asked
    if (!addresses.length) return
    timer = setTimeout(async () => {
      const found = (await Promise.all(addresses.map((one) => itemAt(one).catch(() => null)))).filter(Boolean)
      if (mine !== asked || !found.length) return
      tip.replaceChildren(...found)
      tip.hidden = false
      place(event)
    }, REST)
  }
  document.addEventListener('scroll', hide, { capture: true, passive: true }) // what it tells of has moved away
  return { show, hide, end: () => document.removeEventListener('scroll', hide, { capture: true }) }
}
