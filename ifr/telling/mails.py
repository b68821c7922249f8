"""What our mails say: that something waits, and where. They are made of passages and hold nothing of any request but its
reference."""

from collections.abc import Callable
from typing import Any

from flask import current_app

from ifr import letters, mail, profiles
from ifr.cases.models import Case
from ifr.letters import Letter
from ifr.mail import LETTER, URGENT, Mail
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.telling import passages
from ifr.telling.models import Notice

NO_REQUEST = "no single request"
_SHOWS_A_REQUEST = "cases.page"


# --- where a mail leads -------------------------------------------------------------------------------------------------------


def address_of(endpoint: str, **values: Any) -> str:
    """The whole address of a page of ours, also where no request is being answered."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['IFR'].public_address.rstrip('/')}{path}"


def path_of(endpoint: str, key: str | None) -> str:
    """The path of the page on which something is to be done; that of the request where it needs more than its key."""
    rules = current_app.url_map.iter_rules(endpoint) if endpoint in current_app.view_functions else iter(())
    wanted = next((rule.arguments for rule in rules if "GET" in (rule.methods or ())), None)
    adapter = current_app.url_map.bind("localhost")
    if wanted is not None and wanted <= ({"key"} if key else set()):
        return adapter.build(endpoint, {"key": key} if wanted else {})
    return adapter.build(_SHOWS_A_REQUEST, {"key": key}) if key else adapter.build("telling.news")


def link_to(endpoint: str, key: str | None) -> str:
    return f"{current_app.config['IFR'].public_address.rstrip('/')}{path_of(endpoint, key)}"


# --- what it says -------------------------------------------------------------------------------------------------------------


def office_of(profile: Any) -> dict[str, str]:
    """Whose mail or letter it is, and how to reach the office."""
    head = profile.letterhead
    return {"commissioner": profile.commissioner.name, "telephone": head.telephone, "email": head.email}


def profile_of(commissioner: Organisation) -> Any:
    return profiles.by_id(profiles.latest("profile", commissioner.slug).id)


def speaker(commissioner_id: int | None, profile: Any, **values: str) -> Callable[..., str]:
    """What says the passages of a commissioner, in its name."""
    office = office_of(profile) if profile else {}
    return passages.sayer(passages.texts_of(commissioner_id), {**office, **values})


def about_letter(row: Letter, subject: Any) -> Mail:
    """Let the mail that a letter is there wait; it always leaves at once, whatever else somebody prefers."""
    case: Case = subject.case
    say = speaker(case.commissioner_id, case.profile, **letter_words(row, case))
    subject_line, text = letters.subject_of(row, say=say), letters.email_of(row, say=say)
    return mail.queue(kind=LETTER, subject=subject_line, text=text, letter_id=row.id)


def letter_words(row: Letter, case: Case) -> dict[str, str]:
    return {"reference": str(row.facts.get("reference") or case.key), "link": link_to(_SHOWS_A_REQUEST, case.key)}


def about_notice(notice: Notice, user: User, case: Case | None) -> Mail:
    """Let the mail that something urgent waits leave at once. What it is stands in the service."""
    commissioner_id, profile = (case.commissioner_id, case.profile) if case else voice_of(user)
    key = case.key if case else None
    say = speaker(commissioner_id, profile, reference=key or NO_REQUEST, link=link_to(notice.to, key))
    text = joined(say("greeting"), say("urgent_waits"), say("closing"))
    return mail.queue(kind=URGENT, subject=say("subject_urgent"), text=text, user_id=user.id)


def voice_of(user: User) -> tuple[int | None, Any]:
    """The commissioner for which somebody works, in whose name we write; nobody's for those who work for none."""
    own = user.organisations(COMMISSIONER)
    return (own[0].id, profile_of(own[0])) if own else (None, None)


def joined(*parts: str) -> str:
    """The parts of a mail, with an empty line between them."""
    return "\n\n".join(said for part in parts if (said := part.strip())) + "\n"
