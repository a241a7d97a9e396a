// Pictures are given by file, by camera, or as one of the examples.

// A phone has an app for its camera, which the file field opens, also where the page itself may not film.
const usesItsOwnApp = () => matchMedia('(pointer: coarse)').matches || !navigator.mediaDevices

function thumbnail(src) {
  const picture = document.createElement('img')
  Object.assign(picture, { src, alt: '', loading: 'lazy' })
  return picture
}

export default giving((root, asker) => {
  const find = (selector) => root.querySelector(selector)
  const ask = async (...question) => {
    const answer = await asker.ask(...question)
    if (!answer) return
    asker.reveal()
    asker.inform(answer)
  }
  const give = (file) => {
    mark(root, null)
    if (file.size > asker.data.max_bytes) asker.refuse(asker.data.words.too_large)
    else ask({ name: file.name }, file)
  }
  const pick = ({ id, label }) => {
    mark(root, id)
    ask({ row: id }, undefined, label)
  }

  const camera = openCamera(root, {
    shot: (file) => {
      camera.close()
      give(file)
    },
    failed: (name) => asker.refuse(asker.data.words[name]),
    changed: () => {},
  })
  const native = find('[data-for="camera"]')
  const actions = {
    choose: () => find('[data-for="choose"]').click(),
    camera: () => (usesItsOwnApp() ? native.click() : camera.toggle()),
    take: camera.shoot,
    close: camera.close,
  }
  for (const [name, act] of Object.entries(actions)) find(`[data-do="${name}"]`).addEventListener('click', act)
  takeFiles(root, give)

  return {
    write: () => drawExamples(root, asker.data, (one) => thumbnail(addressOf(asker.data, one)), pick),
    end: camera.close,
    rest: camera.close,
  }
})
