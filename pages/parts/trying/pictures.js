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
  for (const input of root.querySelectorAll('input')) {
    input.addEventListener('change', () => {
      if (input.files.length) give(input.files[0])
      input.value = '' // so that the same file can be chosen twice
    })
  }
  root.addEventListener('dragover', (event) => {
    event.preventDefault()
    root.toggleAttribute('data-over', true)
  })
  root.addEventListener('dragleave', () => root.removeAttribute('data-over'))
  root.addEventListener('drop', (event) => {
    event.preventDefault()
    root.removeAttribute('data-over')
    if (event.dataTransfer.files.length) give(event.dataTransfer.files[0])
  })

  return {
    write: () => drawExamples(root, asker.data, (one) => thumbnail(addressOf(asker.data, one)), pick),
    end: camera.close,
  }
})
