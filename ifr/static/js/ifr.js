// Everything works without this file. It wakes the design system's own niceties: the menu that folds on a
// phone, focus on the list of problems, and the button that shows a password.
import { initAll } from '../vendor/nhsuk-frontend/nhsuk-frontend.min.js'

initAll()
