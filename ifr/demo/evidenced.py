"""Evidence of the demonstration: a file that a newer one replaced, references, a patient's own statement. All invented; the
DOIs have the prefix 10.5555, under which nothing is published."""

from ifr.cases.drafts import services as drafts
from ifr.cases.evidence import files, references, statement
from ifr.cases.evidence.references import Said
from ifr.cases.models import Case
from ifr.cases.services import factors_of
from ifr.demo import accounts, walk
from ifr.demo.stories import Story

_SERIES = Said(
    "Endoscopic sympathectomy after failed botulinum toxin: outcomes at two years (invented)", "Example A, Sample B and others",
    "2023", "10.5555/ifr.demo.1", study_type="cohort_study", grade="2+",
    population="112 adults with sweating of the palms after usual treatment, mean age 29",
    how_near="Like this patient in age and in what was tried; nobody in it worked with electrical equipment",
    relevant="Severity score of 1 in 96 of 112 at two years (table 2); compensatory sweating in 31",
)  # fmt: skip
_OPINION = Said(
    "Selecting patients for sympathectomy: a consensus (invented)", "Pattern C, Model D", "2021", "10.5555/ifr.demo.2",
    study_type="guideline", population="Not a study of patients", how_near="It names the pattern that this patient has",
)  # fmt: skip
_WORDS = """I am writing this myself.

I drop things.  I have given up two jobs because of it,
and I do not shake hands with anybody.

    I would like to hold my daughter's hand."""


def with_evidence(case: Case, by_key: str = "dev_skin") -> Case:
    """A letter and the newer one that took its place, two references and the patient's own statement."""
    by = accounts.user(by_key)
    serves = [f"point-{one.id}" for one in factors_of(case)[:1]]
    content = b"Gravimetry of both palms: 310 mg a minute. Draft, not signed."
    first = files.add_file(case, content, "gravimetry.txt", "Report of the sweat test", serves=serves, by=by).document
    signed = b"Gravimetry of both palms: 310 mg a minute. Signed by the laboratory."
    files.replace_file(case, first.id, signed, "gravimetry-signed.txt", "Report of the sweat test, signed", by=by)
    for number, said in enumerate((_SERIES, _OPINION)):
        references.add_reference(case, said, once=f"demonstration-{number}", by=by)
    statement.save_statement(case, _WORDS, written_by="patient", once="demonstration", seen=0, by=by)
    return case


def received(story: Story) -> Case:
    """A request with evidence, sent."""
    case = with_evidence(walk.draft(story), story.clinician)
    drafts.send(case, declared=True, by=accounts.user(story.clinician), seen=case.version)
    return case
