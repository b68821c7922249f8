"""Requests that end at the check or at screening: another treatment under the same code, two bodies that differ, a treatment
that is commissioned already. Each is walked by real moves."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ifr import clock
from ifr.cases import information
from ifr.cases.models import Case
from ifr.cases.patients import responsibility
from ifr.cases.patients.responsibility import Meanwhile
from ifr.demo import accounts, afterwards, stories, walk
from ifr.demo.stories import another
from ifr.policies import services as policies
from ifr.screening import check, handover, record
from ifr.screening.check import CheckAnswers
from ifr.screening.record import FindingAnswer, RecordAnswers

# A day so many days ago, in one transaction.
Day = Callable[[int], AbstractContextManager[None]]

VOICE = another(
    stories.BLUSHING, name="Robin Hale", born_on="8 2 2002",
    specialty="Voice surgery", condition="Voice that does not fit, after hormone treatment", indication_codes="F64.0",
    treatment="Vocal fold surgery", treatment_codes="E35.2", cost="4100", points=(),
)  # fmt: skip
IMPLANTS = another(
    stories.BLUSHING, name="Carl Dyce", born_on="21 5 1992",
    specialty="Oral surgery", condition="Loss of front teeth after an injury", indication_codes="K08.1",
    treatment="Dental implants", treatment_codes="F11.5", cost="6800", points=(),
)  # fmt: skip
BIOLOGIC = another(
    stories.BLUSHING, name="Maria Lund", born_on="30 8 1993",
    specialty="Rheumatology", condition="Rheumatoid arthritis, severe, in pregnancy", indication_codes="M05.9",
    treatment="Change to a biologic that crosses the placenta little", treatment_codes="", kind_of_treatment="medicine",
    dose="400 mg", frequency="Every four weeks", administration="Under the skin", licence="licensed", formulary="agreed",
    cost="7150", points=(),
)  # fmt: skip
_CAROL, _SAM = "carol_office", "sam_screens"


def another_treatment_under_the_code(day: Day, *, since: int, took: int) -> Case:
    """Case 4: a policy on another treatment lists the code. A person says so, and links the policy whose criterion is not met."""
    with day(since):
        case = walk.received(stories.FACET_INJECTION)
    with day(since - 2):
        walk.in_check(case)
    with day(since - 5):
        proposal = check.propose(case)
        page = check.check_page(case, accounts.user(_CAROL))
        by_name = {name: one for one, name in page.choices}
        laser = next(one for name, one in by_name.items() if "Foraminoplasty" in name)
        facet = next(one for name, one in by_name.items() if name.startswith("DP-1:"))
        answers = CheckAnswers(
            responsible="ours", responsible_because="Registered with a practice of this area.", conclusion="policy",
            version_id=facet, also=(laser,), duplicates="none", same_treatment="yes",
            same_because="An injection into the facet joints. The policy on laser foraminoplasty lists a code for it, and is "
            f"about another treatment{'' if proposal.version_id == facet else ', although it was found first'}.",
        )  # fmt: skip
        check.save_check(case, answers, seen=case.version, by=accounts.user(_CAROL))
        walk.step(case, "pass_check", _CAROL)
    with day(since - took):
        assert policies.version(facet).policy.reference == "DP-1"
        by = accounts.user(_SAM)
        rows = record.criteria_of(case, record.record_of(case), by)
        said = [("not_met", "The exercise programme was not completed."), ("met", "Fourteen months by the letter.")]
        findings = [
            FindingAnswer("criterion", str(row.criterion.id), *answer) for row, answer in zip(rows, said, strict=False)
        ]
        record.save_record(case, RecordAnswers(words={}, findings=findings), seen=case.version, by=by)
        walk.ready_for_panel(case)
    return case


def who_is_responsible(day: Day) -> None:
    """Case 8: disputed, assessed for funding without prejudice, taken on after eleven days. Case 14: refused, then settled."""
    with day(80):
        voice = walk.received(VOICE)
        responsibility.dispute(
            voice, body="NHS England", because="Gender services are commissioned nationally.", once=walk.once(),
            by=accounts.user("dev_skin"),
        )  # fmt: skip
    with day(79):
        walk.in_check(voice)
        said = Meanwhile("no", "", "The operation can wait some weeks without harm, by the surgeon's own word.", None)
        responsibility.answer_meanwhile(voice, said, seen=None, by=accounts.user(_CAROL))
        _offer(voice, "NHS England, gender services (demonstration)", "Voice surgery is part of the national gender service.")
    with day(68):
        _accepted(voice, "another", "specialised", "The national service specification names vocal fold surgery.")
    with day(67):
        afterwards.released(voice.stream)
    _prison(day)


def _prison(day: Day) -> None:
    prison, evidence = "NHS England, health and justice (demonstration)", "The patient is in prison."
    carol = accounts.user(_CAROL)
    with day(64):
        case = walk.in_check(walk.received(IMPLANTS))
        _offer(case, prison, evidence)
    with day(60):
        refused = handover.Reply("refused", "Duty manager", clock.today(), "It says that a release date is set.")
        handover.answer_handover(case, refused, seen=case.version, by=carol)
        said = Meanwhile("yes", "NHS Central East Integrated Care Board", "Pain; the dispute is not the patient's.")
        handover.dispute_meanwhile(case, said, once=walk.once(), seen=case.version, by=carol)
        walk.step(case, "take_back", _CAROL, "The other body has refused.")
    with day(52):
        because = "“Who Pays?”: whoever is in prison on the day of the request belongs to NHS England; release was put off."
        responsibility.settle(
            case, settled="another", body="NHS England", ground="prison", because=because, seen=case.version, by=carol
        )
        _offer(case, prison, because)
    with day(50):
        _accepted(case)
    with day(49):
        afterwards.released(case.stream)


def _offer(case: Case, body: str, evidence: str) -> None:
    offer = handover.Offer(
        body, "Duty manager", "intake@example.org", "01632 960901", evidence, "Another part of the NHS pays for this care."
    )
    handover.prepare_handover(case, offer, seen=case.version, by=accounts.user(_CAROL))
    walk.step(case, "offer_handover", _CAROL, "Another body is responsible.")


def _accepted(case: Case, settled: str = "", ground: str = "", because: str = "") -> None:
    carol = accounts.user(_CAROL)
    reply = handover.Reply("accepted", "Duty manager", clock.today(), "Accepted by telephone and e-mail.")
    handover.answer_handover(case, reply, seen=case.version, by=carol)
    if settled:
        responsibility.settle(
            case, settled=settled, body="NHS England", ground=ground, because=because, seen=case.version, by=carol
        )
    walk.step(case, "accept_handover", _CAROL)


def commissioned_already(day: Day) -> None:
    """Case 21: the criteria of a technology appraisal one by one; one was in doubt and was asked; told on the same day."""
    with day(18):
        case = walk.in_check(walk.received(BIOLOGIC))
        asked = (("Severe disease by the score that it names", "met", "The score of 6.1 in the letter."),
                 ("Two other medicines have not worked", "unclear", ""))  # fmt: skip
        _criteria(case, asked)
        walk.asked(case, "Which two medicines were tried before, and until when?", needed_for="the appraisal's criteria")
    with day(15):
        walk.answered(case, "dev_skin", "Methotrexate until March and sulfasalazine until June; neither worked.")
        _criteria(case, (asked[0], (asked[1][0], "met", "Methotrexate and sulfasalazine, by the answer to our question.")))
        walk.step(case, "find_no_approval_needed", _SAM)
        afterwards.told_by_telephone(case, "Told the rheumatologist at eleven: go ahead.")
        afterwards.released(case.stream)
        assert not information.not_considered(case)


def _criteria(case: Case, covered: tuple[tuple[str, str, str], ...]) -> None:
    words = {
        "recommendation": "no_approval_needed",
        "commissioned_reference": "The technology appraisal that names this medicine (demonstration)",
        "reasons": "The appraisal obliges us to fund it where its criteria are met, and they are.",
    }
    record.save_record(
        case, RecordAnswers(words=words, covered=list(covered)), seen=case.version, by=accounts.user(_SAM)
    )
