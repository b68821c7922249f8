"""What an office does on its pages so that letters leave."""

import re

from tests.browser.hands import Hands


def let_letters_go(office: Hands, reference: str, second: Hands | None = None) -> None:
    """Letters that would find nobody are left out, the others released; where somebody else has a part in them, that person
    compares and reads, and the office writes down that the clinician has told the patient."""
    page = f"/cases/{reference}/letters"
    office.open(page)
    for box in office.page.locator('[name="leave_out"][aria-describedby]').all():
        box.check(force=True)
    office.press(re.compile("^Release (this|these)"))
    if second is None:
        return
    for link, button in (
        ("Compare name and address", "Name and address are right"),
        ("Read it as the second person", "I have read this letter as the second person"),
    ):
        while second.open(page).page.get_by_role("link", name=link).count():
            second.follow(link).press(button)
    summary = office.open(page).page.get_by_text("The clinician has told the patient", exact=True)
    if summary.count():
        summary.first.click()
        office.fill({"how": "The clinician telephoned."}).press("Do not keep the patient’s letter waiting")
