// Everything works without this file. With it a section of a request saves itself while somebody types, and what could
// not reach the server stays in this browser until it does. Who the patient is never stays in the browser: the page of
// that section does not say for whom it may be kept.

const form = document.querySelector('form[data-autosave]')
const PREFIX = 'ifr-draft:'
const KEPT_DAYS = 7
const PAUSE = 3000
const NEVER_KEPT = ['csrf_token', 'seen', 'then', 'as_it_is', 'keep_details']

forgetWhatWasSaved()
if (form) {
  const state = document.getElementById('saved-state')
  const person = form.dataset.keepFor
  const place = `${PREFIX}${person}:${window.location.pathname}`
  const seen = form.elements.namedItem('seen')
  let timer = null
  let asked = false
  let overtaken = false
  let last = typed()

  function typed () {
    const values = {}
    new FormData(form).forEach((value, name) => {
      if (!NEVER_KEPT.includes(name) && typeof value === 'string') values[name] = value
    })
    return JSON.stringify(values)
  }

  function say (words) {
    state.textContent = words
  }

  function keepHere (sent = false) {
    if (!person) return false
    try {
      window.localStorage.setItem(place, JSON.stringify({ at: Date.now(), seen: seen.value, typed: typed(), sent }))
      return true
    } catch {
      return false
    }
  }

  function forget () {
    if (person) window.localStorage.removeItem(place)
  }

  function couldNotSave (why) {
    const kept = keepHere()
    say(kept ? `${why} What you type is kept in this browser.` : `${why} What you type is not saved yet. Leave this page open.`)
  }

  async function save () {
    timer = null
    if (asked || overtaken || typed() === last) return
    asked = true
    const sent = typed()
    try {
      const answer = await window.fetch(form.dataset.autosave, {
        method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' }, redirect: 'manual'
      })
      await read(answer, sent)
    } catch {
      couldNotSave('We cannot reach the service.')
    }
    asked = false
    if (!overtaken && typed() !== sent) soon()
  }

  async function read (answer, sent) {
    if (answer.ok) {
      const said = await answer.json()
      last = sent
      seen.value = said.seen
      forget()
      say(said.said)
    } else if (answer.status === 409) {
      overtaken = true
      keepHere()
      say('This section was saved meanwhile, in another window or by a colleague. Press a save button to see both texts.')
    } else if (answer.status === 401 || answer.status === 400) {
      couldNotSave('You have been signed out. Press a save button to sign in again.')
    } else if (answer.status === 422) {
      const said = await answer.json()
      say(said.said)
    } else {
      couldNotSave('This could not be saved.')
    }
  }

  function soon () {
    if (timer === null) timer = window.setTimeout(save, PAUSE)
  }

  function fill (values) {
    for (const field of form.elements) {
      if (!field.name || NEVER_KEPT.includes(field.name) || field.type === 'hidden') continue
      if (field.type === 'radio' || field.type === 'checkbox') field.checked = values[field.name] === field.value
      else if (field.name in values) field.value = values[field.name]
    }
  }

  function offerBack () {
    const raw = person && window.localStorage.getItem(place)
    if (!raw) return
    const kept = JSON.parse(raw)
    if (kept.typed === typed() || (kept.sent && kept.seen !== seen.value)) return forget()
    const before = JSON.parse(typed())
    const older = seen.value
    fill(JSON.parse(kept.typed))
    // The version from which it was typed: if somebody has saved since, saving shows both texts.
    seen.value = kept.seen
    notice(new Date(kept.at).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' }), () => {
      fill(before)
      seen.value = older
      forget()
    })
  }

  function notice (when, throwAway) {
    const box = document.getElementById('kept-here')
    const text = document.createElement('p')
    text.textContent = `What you typed on ${when} had not reached us. It has been put back into the form. Save it to keep it.`
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'app-link-button'
    button.textContent = 'Throw it away and show what was saved'
    button.addEventListener('click', () => { throwAway(); box.replaceChildren(); box.className = '' })
    box.className = 'nhsuk-inset-text'
    box.replaceChildren(text, button)
  }

  // What hangs on an answer of this very page stands there only while it fits.
  function showWhatApplies () {
    for (const question of form.querySelectorAll('[data-applies-key]')) {
      const boxes = form.querySelectorAll(`[name="${question.dataset.appliesKey}"]`)
      if (!boxes.length) continue
      const chosen = [...boxes].find((box) => box.checked)
      question.hidden = Boolean(chosen) && !question.dataset.appliesIs.split(' ').includes(chosen.value)
    }
  }

  form.addEventListener('input', () => { keepHere(); soon() })
  form.addEventListener('change', () => { showWhatApplies(); soon() })
  form.addEventListener('submit', () => { window.clearTimeout(timer); asked = true; keepHere(true) })
  window.addEventListener('online', () => { if (typed() !== last) soon() })
  window.addEventListener('pageshow', (event) => { if (event.persisted) asked = false })
  if (!document.querySelector('.nhsuk-error-summary') && !document.querySelector('.nhsuk-card--warning[role="alert"]')) offerBack()
  showWhatApplies()
}

// Whoever stands on another page of the request after sending a form has had it saved. What is older than a week goes too.
function forgetWhatWasSaved () {
  for (const name of Object.keys(window.localStorage)) {
    if (!name.startsWith(PREFIX)) continue
    const kept = JSON.parse(window.localStorage.getItem(name))
    const elsewhere = kept.sent && !name.endsWith(`:${window.location.pathname}`)
    if (elsewhere || Date.now() - kept.at > KEPT_DAYS * 86400000) window.localStorage.removeItem(name)
  }
}
