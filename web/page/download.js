// Files of this folder, with progress. Large ones stay in the browser's cache: the next visit takes nothing from the net.

const LARGE = 50e6 // bytes
const CACHE = 'casebook'

// `bytes` and `sha256` as the folder's list of files has them; `came` is called with how many bytes more there are.
export async function fetched(address, { bytes, sha256 }, came) {
  address.searchParams.set('v', sha256)
  const cache = bytes > LARGE ? await opened() : null
  const kept = await cache?.match(address)
  if (kept) {
    const found = new Uint8Array(await kept.arrayBuffer())
    if (found.length === bytes) {
      came(bytes)
      return found
    }
  }
  const found = await read(address, bytes, came)
  await keep(cache, address, found)
  return found
}

// Browsers have no cache for pages that came over plain http, or in private windows.
const opened = () => globalThis.caches?.open(CACHE).catch(() => null) ?? null

async function read(address, bytes, came) {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address.pathname}: ${response.status}`)
  const found = new Uint8Array(bytes)
  let at = 0
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) break
    if (at + value.length > bytes) throw new Error(`${address.pathname}: more than ${bytes} bytes`)
    found.set(value, at)
    at += value.length
    came(value.length)
  }
  if (at < bytes) throw new Error(`${address.pathname}: ${at} of ${bytes} bytes`)
  return found
}

async function keep(cache, address, found) {
  if (!cache) return
  try {
    for (const old of await cache.keys()) {
      if (new URL(old.url).pathname === address.pathname) await cache.delete(old)
    }
    await cache.put(address, new Response(found))
  } catch (error) {
    console.warn(error) // there is no room; the page works without
  }
}
