"""Another clinician takes a request on, and a decision is told on the telephone: both are written down and are steps."""

from datetime import date

import pytest
from flask import Flask

from ifr import letters, workflow
from ifr.cases import services as cases
from ifr.cases.parties import changing, telephone
from ifr.db import transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, Refused

CAROL = "carol_office"


def test_a_request_goes_to_another_clinician_and_provider_and_who_asked_before_sees_it_no_longer(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))

        def give(email: str, once: str) -> None:
            changing.change_clinician(
                case, email=email, because="The first has left.", once=once, seen=case.version, by=accounts.user(CAROL)
            )

        with pytest.raises(Refused):
            workflow.move(case, "change_clinician", by=accounts.user(CAROL), seen=case.version, reason="x")
        for wrong in ("carol.office@example.org", "nobody@example.org", "dev.skin@example.org"):
            with pytest.raises(Invalid):
                give(wrong, "w")
        give("finn.feet@example.org", "one")
        assert cases.clinician_id_of(case) == accounts.user("finn_feet").id
        assert not case.visible_to(accounts.user("dev_skin"))
        assert letters.of(case.stream)[0].name == "change_of_clinician"
        give("rosa.spine@example.org", "two")
        assert case.provider_id == accounts.organisation(accounts.CM_TRUST).id
        assert workflow.last_move(case.stream).trigger == "change_provider"  # type: ignore[union-attr]


def test_a_call_is_recorded_with_who_was_told_when_and_by_whom(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        carol = accounts.user(CAROL)

        def call(**more: object) -> telephone.TelephoneOutcome:
            given = {"told": "clinician", "name": "Dr Dev Anand", "said": "Not funded.", "on": date(2026, 11, 20), "at": "14:30",
                     "once": "c", "seen": case.version, "by": carol}  # fmt: skip
            return telephone.record_call(case, **{**given, **more})  # type: ignore[arg-type]

        with pytest.raises(Refused, match="who was told"):
            workflow.move(case, "tell_by_telephone", by=carol, seen=case.version, reason="Told him.")
        for field, wrong in (("at", "25:00"), ("on", date(2027, 1, 1)), ("told", "x"), ("name", " "), ("at", "½:00")):
            with pytest.raises(Invalid):
                call(**{field: wrong})
        row = call()
        made = workflow.last_move(case.stream)
        assert made is not None and row.move_id == made.id and made.trigger == "tell_by_telephone"
        assert case.told_at is not None and "Dr Dev Anand" not in (made.reason or "")
        (shown,) = telephone.calls_of(case)
        assert (shown.told, shown.by, shown.name) == ("The clinician", "Carol Hume", "Dr Dev Anand")
