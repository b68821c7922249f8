"""What a secretary, members, a chair and reviewers do on their pages."""

import re
from datetime import date

from tests.browser.hands import Hands


def boxes(day: date) -> str:
    return f"{day.day} {day.month} {day.year}"


def plan_meeting(secretary: Hands, commissioner: str, day: date, members: dict[str, str]) -> str:
    """A meeting with its seats; answers with its address."""
    secretary.open("/meetings")
    secretary.page.locator('[name="commissioner_id"]').select_option(label=commissioner)
    secretary.fill({"held_on": boxes(day), "place": "By video"}).press("Plan the meeting")
    meeting = "/meetings/" + secretary.page.url.rsplit("/", 1)[1].split("#")[0]
    for name, capacity in members.items():
        seat = secretary.open(meeting).page.locator('[name="user_id"]').first
        label = next(one for one in seat.locator("option").all_inner_texts() if one.startswith(name))
        seat.select_option(label=label)
        secretary.fill({"capacity": capacity}).press("Give a seat")
    return meeting


def list_case(secretary: Hands, meeting: str, reference: str) -> None:
    """On the agenda; the papers read for the patient's identity; listed."""
    choice = secretary.open(meeting).page.locator('[name="case_id"]')
    label = next(one for one in choice.locator("option").all_inner_texts() if reference in one)
    choice.select_option(label=label)
    secretary.press("Put on the agenda")
    invite(secretary, reference)
    secretary.open(f"/cases/{reference}/papers-check").fill({"read": "y"}).press("Save the check")
    secretary.open(meeting).press("List for the meeting")


def invite(secretary: Hands, reference: str) -> None:
    """The patient invited to the meeting on whose agenda the request stands, where the procedure promises it."""
    if not secretary.open(f"/cases/{reference}/invitation").page.get_by_role("button", name="Put the invitation").count():
        return
    today = boxes(date.today())
    reasons = {"short_because": "The patient asked for the first meeting that there is."}
    secretary.fill({"how": "post", "sent_on": today, "statement_by_on": today, **reasons})
    secretary.press("Put the invitation on record").reads("Invited to the meeting of")


def declare(member: Hands, *, interest: str = "") -> None:
    """Say whether there is an interest, before anything of the case opens."""
    member.open("/my-meetings").follow("Declare whether you have an interest")
    member.fill({"interest": "yes" if interest else "no"})
    if interest:
        member.fill({"note": interest})
    member.press("Send")


def open_meeting(secretary: Hands, meeting: str, names: tuple[str, ...]) -> None:
    secretary.open(meeting).press("Open the meeting")
    for name in names:
        secretary.press(re.compile(rf"Is here\s*: {name}"))


def record(writer: Hands, reference: str, questions: tuple[str, ...], factors: int, *, fund: bool, **words: str) -> None:
    """The decision record in full: every vote is for the decision, and what is not reached is decided by the first question."""
    writer.open(f"/cases/{reference}/decision")
    answers: dict[str, str] = {}
    for key in questions:
        answers[f"question_{key}_answer"] = "yes" if fund else "no"
        answers[f"question_{key}_reasons"] = "The papers show it." if fund else "The papers do not show it."
    for number in range(1, factors + 1):
        accepted = fund and number == 1
        answers[f"factor_{number}_answer"] = "accepted" if accepted else "not_accepted"
        answers[f"factor_{number}_reasons"] = "Borne out by the papers." if accepted else "It does not set the patient apart."
    for key in _keys(writer, "criterion"):
        reached = fund or key == "effectiveness"
        answers[f"criterion_{key}_answer"] = ("yes" if fund else "unclear") if reached else "not_reached"
        answers[f"criterion_{key}_reasons"] = "Read and answered." if reached else ""
        if reached and writer.page.locator(f'[name="criterion_{key}_weighed"]').count():
            answers[f"criterion_{key}_weighed"] = "The result that the request names."
            answers[f"criterion_{key}_about_the_aim"] = "y"
    answers |= {f"guidance_{key}_answer": "followed" for key in _keys(writer, "guidance")}
    answers |= {f"vote_{key}": "for" for key in _numbers(writer, "vote")}
    if writer.page.locator('[name="everything_else_read"]').count():
        answers["everything_else_read"] = "y"
    if not fund:
        answers["not_reached_by"] = f"question:{questions[0]}"
    if writer.page.locator('textarea[name="best_interests"]').count():
        answers["best_interests"] = "What is best for the child was weighed first."
    answers |= {
        "in_the_round": "Taken together, the points were weighed.",
        "equality": "The answer in the request was read; no adverse effect was found.",
        "human_rights": "No right is touched beyond what the reasons weigh.",
        "health_inequality": "Nothing in the papers bears on it.",
        "outcome": "funded" if fund else "not_funded",
        "reasons": "The questions of the test were answered on the papers.",
        "plain_reasons": "The panel read everything that your doctor sent.",
        "would_change": "Evidence that this patient would gain more than the others.",
    }
    if fund:
        answers |= {"conditions_answer": "some", "amount_answer": "none", "validity_answer": "none"}
    writer.fill({**answers, **words}).press("Save the record")


def _keys(writer: Hands, about: str) -> list[str]:
    """The keys of what the page asks of one kind, in its order."""
    return _found(writer, rf"{about}_(\w+)_answer")


def _numbers(writer: Hands, about: str) -> list[str]:
    return _found(writer, rf"{about}_(\d+)")


def _found(writer: Hands, pattern: str) -> list[str]:
    names = writer.page.locator("main [name]").evaluate_all("all => all.map(e => e.name)")
    return list(dict.fromkeys(m.group(1) for name in names if (m := re.fullmatch(pattern, name))))
