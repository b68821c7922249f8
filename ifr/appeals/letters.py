"""What the letters of this room state. No identity, and no day that depends on the day of issue."""

from typing import Any

from ifr import workflow
from ifr.appeals import challenges, reconsiderations, reviews, services
from ifr.appeals.models import FOUND, REFUSED_BECAUSE, REOPEN_FOR, YES_NO, Appeal, AppealDirection, Ground, Reconsideration
from ifr.cases.letters import about
from ifr.letters import Facts, letter
from ifr.profiles import Length


@letter("appeal_acknowledgement")
def appeal_acknowledgement(appeal: Appeal) -> Facts:
    return {
        **_about(appeal),
        "grounds": [{"text": g.text} for g in services.grounds_of(appeal) if g.claimed],
        "late": appeal.late,
        "authority_to_follow": appeal.authority == "to_follow",
        "decide": _stretch(appeal.profile.length("appeal", urgent=appeal.case.urgent)),
    }


@letter("appeal_clarification")
def appeal_clarification(appeal: Appeal) -> Facts:
    asked = workflow.last_move(appeal.stream, "seek_clarification")
    return {
        **_about(appeal),
        "because": asked.reason if asked else "",
    }


@letter("appeal_not_accepted")
def appeal_not_accepted(appeal: Appeal) -> Facts:
    return {
        **_about(appeal),
        "decision": "The appeal was not accepted.",
        "because": REFUSED_BECAUSE.get(appeal.refused_because or "", ""),
        "grounds": [{"text": g.text, "reasons": g.said} for g in services.grounds_of(appeal) if g.is_sorted],
        "reasons": appeal.refusal_reasons,
        "plain_reasons": appeal.refusal_plain_reasons,
        "challenge": _routes(appeal, "not_accepted"),
    }


@letter("appeal_stands")
def appeal_stands(appeal: Appeal) -> Facts:
    return _stands(appeal)


@letter("appeal_stands_patient")
def appeal_stands_patient(appeal: Appeal) -> Facts:
    return _stands(appeal)


def _stands(appeal: Appeal) -> Facts:
    return {
        **_found(appeal),
        "decision": "The decision stands.",
        "challenge": _routes(appeal, "decision_stands"),
    }


@letter("appeal_sent_back")
def appeal_sent_back(appeal: Appeal) -> Facts:
    return _sent_back(appeal)


@letter("appeal_sent_back_patient")
def appeal_sent_back_patient(appeal: Appeal) -> Facts:
    return _sent_back(appeal)


def _sent_back(appeal: Appeal) -> Facts:
    return {
        **_found(appeal),
        "decision": "The decision is sent back: a panel will decide the request again.",
        "directions": [_direction(one) for one in services.directions_of(appeal)],
    }


def _direction(one: AppealDirection) -> str:
    return f"{one.text} A panel of other members decides." if one.differently_constituted else one.text


def _found(appeal: Appeal) -> Facts:
    chair = next((p.name for p in reviews.places_of(appeal) if p.seat.chairs), None)
    return {
        **_about(appeal),
        "grounds": [_ground(g) for g in services.raised(appeal)],
        "reasons": appeal.decision_reasons,
        "plain_reasons": appeal.plain_reasons,
        "panel": appeal.profile.panel.review_name,
        "review_on": appeal.review_on.isoformat() if appeal.review_on else None,
        "chair": chair,
    }


def _ground(ground: Ground) -> dict[str, str]:
    return {
        "text": ground.text,
        "said": ground.said,
        "finding": FOUND.get(ground.found, ""),
        "material": YES_NO.get(ground.material, ""),
        "reasons": ground.reasons,
    }


@letter("reconsideration_accepted")
def reconsideration_accepted(asked: Reconsideration) -> Facts:
    return {
        **_answered(asked),
        "decision": "We will look at the request again.",
        "reopen_for": REOPEN_FOR.get(asked.reopen_for or "", ""),
    }


@letter("reconsideration_refused")
def reconsideration_refused(asked: Reconsideration) -> Facts:
    return _refused(asked)


@letter("reconsideration_refused_patient")
def reconsideration_refused_patient(asked: Reconsideration) -> Facts:
    return _refused(asked)


def _refused(asked: Reconsideration) -> Facts:
    return {
        **_answered(asked),
        "decision": "We will not look at the request again on what was sent.",
        "challenge": _routes(asked, "reconsideration_not_accepted"),
        "window": _stretch(asked.profile.appeals.window),
    }


def _answered(asked: Reconsideration) -> Facts:
    return {
        **about(asked.case),
        "reconsideration": asked.reference,
        "items": [
            {
                "text": item.text,
                "new": {"yes": "No", "no": "Yes"}.get(item.was_before_panel, ""),
                "could_change": YES_NO.get(item.could_change, ""),
                "reasons": item.reasons,
            }
            for item in reconsiderations.items_of(asked)
        ],
        "reasons": asked.reasons,
        "plain_reasons": asked.plain_reasons,
    }


def _about(appeal: Appeal) -> Facts:
    """What every letter about an appeal begins with."""
    return {
        **about(appeal.case),
        "appeal": appeal.reference,
        "appellant": appeal.appellant,
        "lodged_on": appeal.received_on.isoformat(),
        "appealed": challenges.appealed_words(appeal),
    }


def _routes(subject: Appeal | Reconsideration, ending: str) -> list[str]:
    return list(subject.profile.challenge.get(ending, []))


def _stretch(length: Length | None) -> dict[str, Any] | None:
    return {"length": length.length, "unit": length.unit.value} if length else None
