// The camera as one more way to choose a file.

function openCamera(root, { shot, failed, changed }) {
  const video = root.querySelector('video')
  let stream = null
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = null
    video.srcObject = null
    root.removeAttribute('data-camera')
    changed()
  }
  const open = async () => {
    if (!navigator.mediaDevices) return failed('camera_unsafe') // browsers hide it from pages that came over plain http
    try {
      const wish = { facingMode: 'environment', width: { ideal: 1280 } }
      stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false })
    } catch (error) {
      return failed(error.name === 'NotAllowedError' ? 'camera_denied' : 'camera_none')
    }
    video.srcObject = stream
    await video.play()
    root.dataset.camera = 'on'
    changed()
  }
  const shoot = () => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight })
    canvas.getContext('2d').drawImage(video, 0, 0)
    const name = `camera-${new Date().toISOString().replace(/\D/g, '')}.jpg`
    canvas.toBlob((blob) => shot(new File([blob], name, { type: 'image/jpeg' })), 'image/jpeg', 0.92)
  }
  return { isOpen: () => stream !== null, toggle: () => (stream ? close() : open()), shoot, close }
}
