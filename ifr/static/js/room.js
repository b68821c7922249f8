// Everything works without this file. With it the page of what is being discussed shows by itself how things stand now; it
// leaves alone whoever is on a button or writes in a field of it, and what is written there and not yet sent.

const place = document.getElementById('now')

if (place) window.setInterval(look, Number(place.dataset.refresh) * 1000)

function inUse () {
  const written = [...place.querySelectorAll('input[type=text]')].some(field => field.value !== field.defaultValue)
  return written || place.contains(document.activeElement)
}

async function look () {
  if (document.hidden || inUse()) return
  try {
    const answer = await window.fetch(window.location.pathname, { redirect: 'manual' })
    if (!answer.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const now = page.getElementById('now')
    if (now && !inUse() && now.textContent !== place.textContent) {
      place.replaceChildren(...now.childNodes)
    }
  } catch {
    // The next turn tries again; the link on the page asks at once.
  }
}
