"""The cases of the demonstration, each walked by real moves at its own dates, so that every state has at least one.

A case is a function that walks it. Days are counted back from today; what a day does stands in one transaction, and the
worker issues the letters that were released before the day is over.
"""

from collections.abc import Callable, Iterator

from ifr import clock
from ifr.appeals import challenges
from ifr.appeals import services as appeals
from ifr.cases import information
from ifr.cases.models import Case
from ifr.decisions.services import ConditionTyped
from ifr.demo import accounts, afterwards, around, evidenced, grouped, hearing, panelled, screened, stories, walk
from ifr.demo.days import begin, day, hear, in_days, to_panel, today
from ifr.demo.stories import Story, another
from ifr.panels.pack.services import ask_for
from ifr.screening import handover

CM_MEMBERS = ("omar_member", "nina_member", "leo_lay", "ruth_lay")


def walk_all() -> Iterator[str]:
    """Walk every case, a line of progress for each."""
    begin()
    steps: list[tuple[str, Callable[[], None]]] = [
        ("two hearings in Cheshire & Merseyside", _foraminoplasty_and_facet_injection),
        ("hearings in Central East", _heard_in_central_east),
        ("a request not funded at screening", _hyperhidrosis),
        ("requests that went elsewhere", _elsewhere),
        ("two bodies that differ about who is responsible", lambda: screened.who_is_responsible(day)),
        ("requests that ask the same within a year", lambda: grouped.like_requests(day)),
        ("endings of screening", _endings_of_screening),
        ("a treatment that is commissioned already", lambda: screened.commissioned_already(day)),
        ("requests that nobody answered, or withdrew", _left),
        ("requests that came before a panel in an uncommon way", panelled.heard_in_uncommon_ways),
        ("an urgent decision", _urgent),
        ("an appeal that is open", _open_appeal),
        ("requests at the provider and in the office", _at_work),
        ("a meeting today and one ahead", _meetings),
    ]
    for number, (words, step) in enumerate(steps, start=1):
        yield f"{number} of {len(steps)}: {words}"
        step()


# --- 1 and 4 ----------------------------------------------------------------------------------------------------------


def _foraminoplasty_and_facet_injection() -> None:
    """Case 1: information asked, one member in conflict, not funded, appeal on procedure, sent back, funded, closed.
    Case 4: the code meets a policy that is about another treatment; not funded."""
    with day(400):
        laser = walk.received(stories.FORAMINOPLASTY)
    with day(398):
        walk.in_check(laser)
        walk.asked(laser, "Please send the report of the MRI of March.")
    with day(390):
        walk.answered(laser, "rosa_spine", "The report is in the file: dense scarring at L4/5.")
        walk.in_screening(laser)
    with day(385):
        walk.ready_for_panel(laser)
    facet = screened.another_treatment_under_the_code(day, since=398, took=14)
    hear(
        [(laser, "not_funded", {}), (facet, "not_funded", {})],
        commissioner=accounts.CM, ago=370, members=CM_MEMBERS, conflicts={0: "omar_member"},
    )  # fmt: skip
    with day(360):
        appeal = afterwards.appealed(
            laser, "rosa_spine", "procedure", "The MRI report was sent in time and was not in the pack that the panel had."
        )
        afterwards.accepted(appeal, "procedure")
    with day(340):
        afterwards.reviewed(appeal)
        afterwards.found(appeal, "procedure", made_out=True)
        afterwards.released(appeal.stream)
    with day(338):
        appeals.reopen(appeal, reason="The review panel sent it back.", seen=None, by=accounts.user("maya_manages"))
    condition = ConditionTyped("Report the Oswestry score at three months.", "Oswestry Disability Index", in_days(-210))
    hear(
        [(laser, "funded", {"conditions": (condition,), "directions": "The report was read and bears on question 1."})],
        commissioner=accounts.CM, ago=320, members=("nina_member", "leo_lay", "ruth_lay"),
    )  # fmt: skip
    with day(300):
        afterwards.treated(laser, "rosa_spine")
    with day(205):
        afterwards.reported(laser, "rosa_spine")
        walk.step(laser, "complete_follow_up", "carol_office")
    with day(200):
        walk.step(laser, "close", "carol_office")


# --- Central East -----------------------------------------------------------------------------------------------------


def _heard_in_central_east() -> None:
    """Case 3 (blushing) to its last report, 6 (second eye) expired, 15 (wound) in part, and others on the way."""
    blushing = to_panel(stories.BLUSHING, since=330, no_policy=True)
    second_eye = to_panel(stories.SECOND_EYE, since=330)
    wound = to_panel(stories.WOUND, since=330, no_policy=True)
    stopped = to_panel(another(stories.BLUSHING, name="Nora Vale", born_on="1 1 1990"), since=330, no_policy=True)
    ended = to_panel(another(stories.WOUND, name="Alec Thorn", born_on="1 2 1950"), since=330, no_policy=True)
    running = to_panel(another(stories.BLUSHING, name="Ines Calder", born_on="5 5 1992"), since=330, no_policy=True)
    refused = to_panel(another(stories.SECOND_EYE, name="Hilda Crane", born_on="7 7 1948"), since=330)
    funded = to_panel(another(stories.SECOND_EYE, name="Percy Lowe", born_on="8 8 1951"), since=330)
    expiring = {"validity_answer": "until", "valid_until_on": in_days(-60)}
    hear(
        [
            (blushing, "funded", {}),
            (second_eye, "funded", expiring),
            (wound, "funded_in_part", {"what_is_not_funded": "The second half of the term that was asked."}),
            (stopped, "funded", {}),
            (ended, "funded", {}),
            (running, "funded", {}),
            (refused, "not_funded", {}),
            (funded, "funded", {"validity_answer": "until", "valid_until_on": in_days(120)}),
        ],
        commissioner=accounts.CE,
        ago=290,
    )
    with day(270):
        for case in (blushing, stopped, ended, running):
            afterwards.treated(case, "dev_skin")
    with day(180):
        for case in (blushing, stopped):
            afterwards.reported(case, "dev_skin", stopping_rule_met="yes" if case is stopped else "no")
        walk.step(blushing, "complete_follow_up", "carol_office")
    with day(178):
        walk.step(stopped, "stop_treatment", "dev_skin", "Sweating became intolerable; the rule for stopping was met.")
    with day(40):
        walk.step(second_eye, "confirm_expiry", "carol_office", "The clinician says that treatment has not begun.")
    with day(30):
        afterwards.ended(ended)
    with day(28):
        afterwards.released(ended.stream)


def _hyperhidrosis() -> None:
    """Case 2: question two empty, not funded at screening, countersigned."""
    with day(45):
        case = walk.received(stories.HYPERHIDROSIS)
    with day(43):
        walk.in_check(case)
    with day(40):
        walk.in_screening(case)
    with day(36):
        walk.declined_at_screening(case)
    with day(34):
        afterwards.released(case.stream)
    with day(20):
        asked = afterwards.asked_again(case, "dev_skin", "A letter of the occupational health physician.")
        afterwards.not_taken_up(asked)
        afterwards.released(asked.stream)


# --- elsewhere, and the other endings of screening --------------------------------------------------------------------

NHSE = handover.Offer(
    body="NHS England, specialised commissioning (demonstration contact)",
    contact_name="Duty officer",
    contact_email="specialised@example.org",
    contact_telephone="01632 960900",
    evidence="The condition is on the list of prescribed specialised services.",
    plain_reasons="Another part of the NHS pays for this treatment. They have your request now.",
)


def _elsewhere() -> None:
    """Case 5, taken over in two days; and one that is still offered."""
    carol = accounts.user("carol_office")
    with day(60):
        fever = walk.received(stories.ULTRA_RARE_FEVER)
    with day(59):
        walk.in_check(fever)
        handover.prepare_handover(fever, NHSE, seen=fever.version, by=carol)
        walk.step(fever, "offer_handover", "carol_office", "NHS England commissions this treatment.")
    with day(57):
        reply = handover.Reply("accepted", "Duty officer", clock.today(), "Accepted by telephone and e-mail.")
        handover.answer_handover(fever, reply, seen=fever.version, by=carol)
        walk.step(fever, "accept_handover", "carol_office")
    with day(56):
        afterwards.released(fever.stream)
    with day(4):
        offered = walk.received(another(stories.ULTRA_RARE_FEVER, name="Ben Harte", born_on="3 3 2002", basis="patient_agrees"))
        walk.in_check(offered)
        handover.prepare_handover(offered, NHSE, seen=offered.version, by=carol)
        walk.step(offered, "offer_handover", "carol_office", "Responsibility is in doubt between the two bodies.")


def _endings_of_screening() -> None:
    """Cases 9, 13, 16 and 17: no approval needed, prior approval, group question, nothing new."""
    plan: tuple[tuple[Story, bool, str, str, dict[str, object]], ...] = (
        (stories.BARIATRIC, False, "prior_approval", "give_prior_approval", {}),
        (
            another(stories.BLUSHING, name="Olive Marsh", born_on="4 4 1967", treatment="Breast symmetry operation",
                    treatment_codes="", condition="Asymmetry after removal of a benign lump", indication_codes="N64.8"),
            True, "no_approval_needed", "find_no_approval_needed",
            {"commissioned_reference": "Core eligibility: reconstruction after trauma (demonstration)",
             "covered": (("Reconstruction after trauma or surgery", "met", "The lump was removed by surgery in May."),)},
        ),
        (
            stories.PHOTOPHERESIS, True, "group_question", "refer_service_development",
            {"group_answer": "yes", "group_name": "Adults with chronic graft-versus-host disease of the skin",
             "group_numbers": "Four requests this year, about six expected", "group_source": "The office's own requests",
             "interim": "yes", "interim_because": "Treatment cannot wait for a policy."},
        ),
        (
            stories.SNORING, False, "nothing_new", "find_nothing_new",
            {"earlier_reference": "IFR-2024-0117", "earlier_decision": "Not funded at screening in May 2024.",
             "statements": (("The snoring is louder.", "The earlier request said so too."),)},
        ),
    )  # fmt: skip
    for number, (story, no_policy, recommendation, ending, words) in enumerate(plan):
        with day(50 - number):
            case = walk.received(story)
            walk.in_check(case)
        with day(45 - number):
            walk.in_screening(case, no_policy=no_policy)
        with day(40 - number):
            walk.screened(case, recommendation, **words)  # type: ignore[arg-type]
            walk.step(case, ending, "petra_screens")
        with day(38 - number):
            afterwards.released(case.stream)


def _left() -> None:
    """Case 22: returned, no reply, warned, closed. Case 23: withdrawn. And a draft that was discarded."""
    with day(90):
        silent = walk.received(another(stories.SNORING, name="Tom Birkett", born_on="6 6 1978"))
    with day(88):
        returned(silent)
    with day(50):
        walk.step(silent, "propose_closure", "carol_office")
    with day(30):
        walk.step(silent, "confirm_closure", "carol_office", "No reply to two letters and a telephone call.")
    with day(29):
        afterwards.released(silent.stream)
    with day(25):
        gone = walk.received(another(stories.FACET_INJECTION, name="Ivy Norris", born_on="2 8 1956"))
    with day(20):
        walk.in_check(gone)
        walk.step(gone, "withdraw", "rosa_spine", "The patient has decided against the injection.")
    with day(15):
        draft = walk.draft(another(stories.SNORING, name="Rex Moor", born_on="9 1 1988"))
        walk.step(draft, "discard_draft", "rosa_spine")


def returned(case: Case) -> Case:
    """Sent back with one numbered gap."""
    walk.in_check(case)
    information.draft_question(
        case, text="Which scale was used, and what was the score?", question_key="condition", kind="gaps",
        by=accounts.user("carol_office"), seen=case.version,
    )  # fmt: skip
    return walk.step(case, "return_incomplete", "carol_office", "The severity is not stated.")


def _urgent() -> None:
    """Case 10: eight answers, chair's action, limited funding; received by the next meeting, which notes it."""
    with day(6):
        due = in_days(-1)
        case = walk.received(
            another(stories.URGENT_OFF_LABEL, name="Robert Kane", born_on="17 12 1954",
                    needed_by=f"{due.day} {due.month} {due.year}")
        )  # fmt: skip
        walk.in_check(case)
        walk.checked(case, no_policy=True)
        hearing.asked_chair(case)
        hearing.decided_urgently(case, "funded")
        afterwards.told_by_telephone(case, "Told the consultant at four: funded for eight weeks.")
        afterwards.released(case.stream)
    with day(4):
        meeting = hearing.planned(accounts.CE, in_days(-3))
    with day(3):
        hearing.opened(meeting)
        hearing.received(meeting, "Noted. The panel asks for the scan at eight weeks.")


def _open_appeal() -> None:
    """A refusal whose appeal waits for its review panel."""
    case = to_panel(another(stories.FORAMINOPLASTY, name="Sheila Dunn", born_on="5 9 1971"), since=80, took=20)
    hear([(case, "not_funded", {})], commissioner=accounts.CM, ago=40, members=CM_MEMBERS[1:])
    with day(12):
        appeal = afterwards.appealed(case, "rosa_spine", "evidence", "Two of the papers that were sent are not mentioned.")
        afterwards.accepted(appeal, "evidence")
        assert challenges.open_challenges(case)


# --- work in hand -----------------------------------------------------------------------------------------------------


def _at_work() -> None:
    """One request at each step between the provider's desk and the panel's door."""
    with day(1):
        pike = another(stories.HYPERHIDROSIS, name="Gwen Pike", born_on="3 2 1993", earlier_use="yes")
        evidenced.with_evidence(around.used_before(walk.draft(pike)))
        walk.received(another(stories.FACET_INJECTION, name="Paul Yates", born_on="12 12 1969"))
    with day(5):
        mirza = walk.in_check(evidenced.received(another(stories.HYPERHIDROSIS, name="Sana Mirza", born_on="20 5 1990")))
        around.disputed(around.with_advocate(mirza))
        returned(walk.received(another(stories.SNORING, name="Joan Speight", born_on="14 2 1984")))
    with day(9):
        asked = walk.in_check(walk.received(another(stories.FORAMINOPLASTY, name="Carl Moss", born_on="8 8 1965")))
        walk.asked(asked, "Please send the operation note.", "How far can the patient walk?")
    with day(12):
        walk.in_screening(walk.in_check(walk.received(another(stories.SECOND_EYE, name="Una Frost", born_on="1 4 1944"))))
        second = another(stories.FORAMINOPLASTY, name="Keith Lomax", born_on="19 10 1977")
        walk.screened(walk.in_screening(walk.in_check(walk.received(second))), "refer")
    with day(20):
        review = walk.in_check(walk.received(another(stories.BLUSHING, name="Maud Ellery", born_on="9 3 1996")))
        walk.screened(walk.in_screening(review, no_policy=True), "refer")
        walk.step(review, "refer_to_evidence_review", "petra_screens")
        accuracy = walk.in_check(walk.received(another(stories.BLUSHING, name="Jess Quill", born_on="27 7 1998")))
        walk.screened(walk.in_screening(accuracy, no_policy=True), "refer")
        walk.step(accuracy, "refer_to_evidence_review", "petra_screens")
        hearing.evidence_reviewed(accuracy)
    to_panel(another(stories.FORAMINOPLASTY, name="Dora Finch", born_on="30 11 1981"), since=30)


def _meetings() -> None:
    """A meeting that sits today with one item open, one drafted, one deferred and one decided; and a meeting ahead."""
    names = ("Nell Archer", "Oscar Pym", "Vic Tranter", "Beth Corder", "Sid Larch")
    waiting = [to_panel(another(stories.FORAMINOPLASTY, name=name, born_on="10 10 1970"), since=35) for name in names]
    with day(6):
        sitting = hearing.planned(accounts.CM, today(), members=CM_MEMBERS)
        ahead = hearing.planned(accounts.CM, in_days(14), members=CM_MEMBERS)
        for case in waiting[:4]:
            hearing.listed(case, sitting)
        hearing.listed(waiting[4], ahead)
        hearing.asked_whether_known(waiting[4], "nina_member", "A neighbour who taught at the school in Mill Lane")
    with day(2):
        for case in waiting[:4]:
            for who in (hearing.CHAIR, *CM_MEMBERS):
                hearing.declared(case, who)
    with day(0, hour=8):
        hearing.opened(sitting, CM_MEMBERS)
        hearing.decided(waiting[0], "not_funded")
        hearing.drafted(hearing.taken(waiting[1]), "funded")
        hearing.deferred(
            waiting[2], "The operation note", "the surgeon", in_days(6), "The panel cannot compare the scars without it."
        )
        hearing.taken(waiting[3])
        ask_for(sitting.id, None, accounts.user("stan_minutes"))
