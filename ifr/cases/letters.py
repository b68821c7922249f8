"""What the letters of this room state. No identity, and no day that depends on the day of issue."""

from typing import Any

from ifr import workflow
from ifr.cases import information, services
from ifr.cases import recipients as recipients  # says who is meant by each word under `to`
from ifr.cases.deferring import missing_in_words
from ifr.cases.information import GAPS, INFORMATION
from ifr.cases.models import Case, InformationRequest
from ifr.letters import Facts, letter
from ifr.profiles import Length


def about(case: Case) -> Facts:
    """What every letter about a case begins with."""
    return {
        "reference": case.key,
        "treatment": case.treatment,
        "condition": case.condition,
        "commissioner": case.profile.commissioner.name,
        "urgent": case.urgent,
        "received_on": case.received_on.isoformat() if case.received_on else None,
    }


@letter("acknowledgement")
def acknowledgement(case: Case) -> Facts:
    return {
        **about(case),
        "check": _length(case, "check"),
        "decision": _length(case, "decision"),
        "declaration_outstanding": case.declared_at is None,
    }


@letter("returned")
def returned(case: Case) -> Facts:
    return {**about(case), **_asked(case, GAPS), "because": _reason_of(case, "return_incomplete")}


@letter("information_request")
def information_request(case: Case) -> Facts:
    return {**about(case), **_asked(case, INFORMATION)}


@letter("progress")
def progress(case: Case) -> Facts:
    """One letter for every step on the way: what happened, where the request stands now, and what comes next."""
    made = workflow.last_move(case.stream)
    return {
        **about(case),
        "happened": made.done if made else "",
        "status": services.clinician_words(case),
        "next": NEXT.get(made.trigger if made else "", ""),
        # A panel that defers says what is missing, from whom and by when; other reasons stay in the office.
        "missing": " ".join([*missing_in_words(case), made.reason or ""]) if made and made.trigger == "defer" else "",
    }


# What the clinician can expect after a step.
_PANEL = "The request will be considered at a meeting of the panel. We will tell you the date."
_SUMMARY = "We will send you our summary of the request, so that you can tell us where it is wrong."
NEXT = {
    "offer_handover": (
        "We believe that another body is responsible for this request. We have asked it to take it on, and will tell you "
        "its answer."
    ),
    "take_back": "The other body has not taken the request on. We go on with it here.",
    "proceed_without": "We go on without the answers that we had asked for. You can still send them.",
    "refer_to_evidence_review": "We are gathering the published evidence. After that the request goes to the panel.",
    "refer_to_accuracy_check": _SUMMARY,
    "complete_evidence_review": _SUMMARY,
    "refer_to_panel": _PANEL,
    "complete_evidence_review_to_panel": _PANEL,
    "list": "The request is on the list for a meeting of the panel. You can still send information before it.",
    "unlist": "The request will be considered at a later meeting. We will tell you the date.",
    "defer": "The panel needs something more before it can decide.",
    "refer_on_to_screening": "A clinician in our office will review the request.",
    "refer_on_to_panel": _PANEL,
    "extend_validity": "The funding has been extended. The new last day is named in the service.",
    "confirm_expiry": (
        "The funding was not used in time and has expired. If the patient still needs the treatment, ask us to extend it."
    ),
    "reopen_for_check": "We are looking at the request again, from the check of what was sent.",
    "reopen_for_screening": "A clinician in our office will review the request again.",
    "reopen_for_panel": _PANEL,
}


@letter("closure_warning")
def closure_warning(case: Case) -> Facts:
    return {**about(case), **_waiting(case), "days": _length(case, "closure_warning")}


@letter("closure_warning_patient")
def closure_warning_patient(case: Case) -> Facts:
    return {**about(case), "days": _length(case, "closure_warning")}


@letter("closed_no_reply")
def closed_no_reply(case: Case) -> Facts:
    return {**_closed(case), **_waiting(case)}


@letter("closed_no_reply_patient")
def closed_no_reply_patient(case: Case) -> Facts:
    return {
        **_closed(case),
        "plain_reasons": "We asked the clinician who is treating you for more information, and did not receive it. "
        "Without it we cannot decide.",
    }


def _closed(case: Case) -> Facts:
    profile = case.profile
    made = workflow.last_move(case.stream, "confirm_closure")
    return {
        **about(case),
        "decision": "The request was closed because we did not hear from the clinician. It is not funded.",
        "reasons": made.reason if made else "",
        "would_change": "Send the answers that we asked for: the request is then opened again.",
        "challenge": list(profile.challenge.get("closed_no_reply", [])),
        "window": _stretch(profile.appeals.window),
    }


@letter("withdrawn")
def withdrawn(case: Case) -> Facts:
    return {**about(case), "happened": "The request was withdrawn. It will not be considered further."}


def _asked(case: Case, kind: str) -> Facts:
    """The questions of the request for information that has just been sent."""
    request = information.open_request(case)
    assert request is not None and request.kind == kind  # the move has just opened it
    return {**_questions(case, request), "needed_for": request.needed_for, "stops_clock": request.stops_clock}


def _waiting(case: Case) -> Facts:
    """The questions that nobody answered; after the closure they stand in the last request that was sent."""
    sent = [one for one in information.requests_of(case) if one.asked_at is not None]
    return _questions(case, sent[-1]) if sent else {}


def _questions(case: Case, request: InformationRequest) -> Facts:
    labels = dict(information.form_questions(case))
    return {
        "questions": [
            {
                "number": row.number,
                "text": row.text,
                "about": labels.get(row.question_key or "", ""),
                **({"gap": information.GAP_KINDS[row.gap]} if request.kind == GAPS and row.gap else {}),
            }
            for row in information.questions_of(request)
        ],
        "reply_by_on": request.reply_by_on.isoformat() if request.reply_by_on else None,
    }


def _reason_of(case: Case, trigger: str) -> str:
    made = workflow.last_move(case.stream, trigger)
    return made.reason or "" if made else ""


def _length(case: Case, name: str) -> dict[str, Any] | None:
    return _stretch(case.profile.length(name, urgent=case.urgent)) if name in case.profile.days else None


def _stretch(length: Length | None) -> dict[str, Any] | None:
    return {"length": length.length, "unit": length.unit.value} if length else None
