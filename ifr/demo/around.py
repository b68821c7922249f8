"""What stands around the patients of the demonstration: people beside them, earlier use, a dispute. Everybody is invented."""

from ifr.cases.models import Case
from ifr.cases.patients import contact, earlier_use, responsibility
from ifr.cases.patients.contact import PartySaid
from ifr.cases.patients.earlier_use import UseSaid
from ifr.cases.patients.responsibility import Meanwhile
from ifr.demo import accounts


def used_before(case: Case) -> Case:
    """The patient has paid for a first treatment."""
    said = UseSaid("private", "January 2026", "Dry hands for five months", measured="Severity score 4 before, 1 after")
    earlier_use.add_use(case, said, once=f"used-{case.uuid}", by=accounts.user("dev_skin"))
    return case


def with_advocate(case: Case) -> Case:
    """An advocate gets copies, letters are needed in braille, and nobody in the family is to be told."""
    by = accounts.user("carol_office")
    advocate = PartySaid(
        "advocate", "Imani Stone (invented)", "3 Example Mews\nEly", authority="The patient's own letter", authority_seen="yes",
        may_be_written_to=True, gets_copies=True,
    )  # fmt: skip
    contact.add_party(case, advocate, once=f"advocate-{case.uuid}", by=by)
    contact.save_contact(case, {"letter_format": "braille", "do_not_copy": "family", "no_message": "yes"}, seen=None, by=by)
    return case


def disputed(case: Case) -> Case:
    """The clinician says that another body is responsible; the patient is funded meanwhile, without prejudice."""
    responsibility.dispute(
        case, body="NHS England", because="The service is on the list of prescribed specialised services.",
        once=f"dispute-{case.uuid}", by=accounts.user("dev_skin"),
    )  # fmt: skip
    said = Meanwhile("yes", "NHS Central East Integrated Care Board", "The patient would wait for two bodies to agree.", None)
    responsibility.answer_meanwhile(case, said, seen=None, by=accounts.user("carol_office"))
    return case
