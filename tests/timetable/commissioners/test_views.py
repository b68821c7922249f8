"""The pages of how a commissioner works, and of a change of it."""

import re

from ifr import profiles
from ifr.demo import accounts
from ifr.people import services as people
from ifr.people.models import Organisation
from ifr.timetable.commissioners import services
from tests.definitions import shipped

HOW = f"/how-we-work/{accounts.CE}"
CHANGE = f"{HOW}/change"
SHIPPED = shipped("profile", accounts.CE)
EXAMPLE = "example, not any commissioner's policy"
PANEL = {
    "length": "20", "unit": "working_days", "source": EXAMPLE, "told": ["panel_secretary"], "before": "10, 3", "after": "0",
    "escalate_after": "3", "escalate_to": "ifr_manager", "reminders_source": EXAMPLE,
}  # fmt: skip


def seen_on(page) -> str:
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


def begin(client, number: int = SHIPPED) -> str:
    client.post(f"{HOW}/versions/{number}/change")
    return seen_on(client.get(CHANGE))


def save(client, part: str, **typed):
    seen = seen_on(client.get(f"{CHANGE}/{part}"))
    return client.post(f"{CHANGE}/{part}", data={"seen": seen, **typed})


def profile(app):
    with app.app_context():
        change = services.change_in_hand(accounts.organisation(accounts.CE))
        return services.profile_of(change)


def test_every_part_is_typed_seen_as_a_difference_and_published_by_somebody_else(app, client, sign_in):
    sign_in(client, "maya_manages")
    begin(client)
    for part, typed in (
        ("deadline/panel", {**PANEL, "urgent_length": "48", "urgent_unit": "hours", "urgent_source": EXAMPLE}),
        ("deadline/decision", {
            **PANEL, "length": "2", "unit": "months", "more_times": "1", "more_length": "1", "more_unit": "months",
            "more_by": ["ifr_manager"], "more_source": EXAMPLE,
        }),
        ("deadline/clarification", {"length": "10", "unit": "working_days", "source": EXAMPLE}),
        ("deadline/papers", {"length": "7", "unit": "calendar_days", "source": EXAMPLE}),
        ("receipt/cut_off", {"cut_off": "", "source": ""}),
        ("quorum/quorum", {"voting": "4", "clinicians": "2", "doctors": "1", "lay": "2", "source": EXAMPLE}),
        ("window/appeal", {"length": "3", "unit": "months", "source": "Policy 7"}),
        ("screening/refer", {"by": ["screener", "ifr_manager"], "countersigned_by": ["screener"], "source": "x"}),
        ("screening/prior_approval", {"source": EXAMPLE}),
    ):  # fmt: skip
        assert save(client, part, **typed).status_code == 302, part
    day = {"first_on-day": "1", "first_on-month": "12", "first_on-year": "2026", "reason": "A new policy"}
    assert client.post(CHANGE, data={"seen": seen_on(client.get(CHANGE)), **day}).status_code == 302
    page = client.get(CHANGE).text
    for old, new in (
        ("20 working days", "20 working days"), ("5 working days", "48 hours"), ("40 working days", "2 months"),
        ("What arrives at 17:00 or later", "None: every hour counts"), ("and 1 lay", "and 2 lay"),
        ("30 working days", "3 months"),
    ):  # fmt: skip
        assert old in page and new in page, (old, new)
    assert "10 and 3 working days before: panel secretary" in page and "on or after 1 December 2026" in page
    said = profile(app)
    assert f'{CHANGE}/deadline/papers">Papers with the members' in page and str(said.days["papers"]) == "7 calendar days"
    assert said.days["panel"].urgent.unit == "hours" and said.extensions["decision"].most == 1
    assert said.reminders["panel"].before == [10, 3] and said.reminders["panel"].escalate.after == 3
    assert "prior_approval" not in said.screening.matrix and said.receipt.cut_off is None
    with app.app_context():
        before = profiles.by_id(profiles.latest("profile", accounts.CE).id)
    untouched = {"days", "extensions", "reminders", "receipt", "screening", "panel", "appeals"}
    assert said.model_dump(exclude=untouched) == before.model_dump(exclude=untouched), "what no form covers stays as it was"
    assert client.post(f"{CHANGE}/propose", data={"seen": seen_on(client.get(CHANGE))}).status_code == 302
    mine = client.get(CHANGE)
    assert "Somebody else publishes it" in mine.text and "Publish as the next version" not in mine.text
    refused = client.post(f"{CHANGE}/publish", data={"seen": seen_on(mine)})
    assert refused.status_code == 409 and "You proposed this change" in refused.text
    sign_in(client, "olive_officer")
    assert client.post(f"{CHANGE}/publish", data={"seen": seen_on(client.get(CHANGE))}).status_code == 302
    shown = client.get(HOW).text
    assert "Begins on 1 December 2026" in shown and "Proposed by Maya Brandt, published by Olive Penrose" in shown
    version = client.get(f"{HOW}/versions/{SHIPPED + 1}").text
    assert f"What differs from version {SHIPPED}" in version and "A new policy" in version
    assert client.get(CHANGE).status_code == 404


def test_what_is_typed_wrongly_is_said_beside_its_field_and_kept(app, client, sign_in):
    sign_in(client, "maya_manages")
    begin(client)
    before = profile(app)
    for part, typed, field, sentence in (
        ("deadline/panel", {**PANEL, "length": "9" * 30}, "length", "whole number from 1 to 3000"),
        ("deadline/panel", {**PANEL, "length": ""}, "length", "Say how long this may take"),
        ("deadline/panel", {**PANEL, "before": "ten"}, "before", "with commas"),
        ("deadline/panel", {**PANEL, "told": []}, "told", "Choose who is reminded"),
        ("deadline/panel", {**PANEL, "told": ["wizard"]}, "told", "Choose among what is offered"),
        ("deadline/panel", {**PANEL, "unit": "fortnights"}, "unit", "Choose among what is offered"),
        ("deadline/panel", {**PANEL, "source": "long" * 200}, "source", "Shorten this"),
        ("deadline/panel", {**PANEL, "more_times": "2"}, "more_length", "Say how much"),
        ("deadline/panel", {**PANEL, "escalate_to": ""}, "escalate_to", "Choose who is told then"),
        ("receipt/cut_off", {"cut_off": "25:00", "source": "x"}, "cut_off", "Enter the hour as 17:00"),
        ("quorum/quorum", {"voting": "0", "clinicians": "0", "doctors": "0", "lay": "0", "source": "x"}, "voting", "1 to 99"),
        ("quorum/review_quorum", {"voting": "3", "clinicians": "1", "doctors": "2", "lay": "0", "source": "x"}, "doctors",
         "no more than those"),
        ("window/appeal", {"length": "\u0663", "unit": "months", "source": "x"}, "length", "whole number"),
        ("screening/not_fund", {"by": ["clinician"], "source": "x"}, "by", "may not take this step"),
        ("screening/not_fund", {"by": [], "countersigned_by": ["screener"], "source": "x"}, "by", "who may conclude it"),
    ):  # fmt: skip
        answer = save(client, part, **typed)
        assert answer.status_code == 422, (part, sentence, answer.status_code)
        assert f'href="#{field}"' in answer.text and sentence in answer.text, (part, sentence)
        kept = [one for said in typed.values() for one in ([said] if isinstance(said, str) else said) if one.isalnum()]
        assert all(f'value="{one}"' in answer.text for one in kept if one not in ("wizard", "fortnights")), (part, sentence)
    assert profile(app) == before
    for typed, sentence in (
        ({}, "Enter the first day"), ({"first_on-day": "31", "first_on-month": "2", "first_on-year": "2027"}, "real date"),
        ({"first_on-day": "21", "first_on-month": "11", "first_on-year": "2026"}, "tomorrow or later"),
        ({"first_on-day": "1", "first_on-month": "1", "first_on-year": "9999"}, "before 2200"),
    ):  # fmt: skip
        answer = client.post(CHANGE, data={"seen": seen_on(client.get(CHANGE)), "reason": "As typed \x00 here", **typed})
        assert answer.status_code == 422 and sentence in answer.text and "As typed  here" in answer.text, sentence
    assert client.post(f"{CHANGE}/propose", data={"seen": seen_on(client.get(CHANGE))}).status_code == 409
    stale = client.post(f"{CHANGE}/window/appeal", data={"seen": "900", "length": "3", "unit": "months", "source": "x"})
    assert stale.status_code == 409
    for part in ("deadline/none", "quorum/none", "screening/none", "receipt/quorum", "deadline/%00"):
        assert client.get(f"{CHANGE}/{part}").status_code == 404
    for step in ("propose", "withdraw", "publish"):
        assert [client.post(f"{CHANGE}/{step}", data=said).status_code for said in ({}, {"seen": "9" * 5000})] == [409] * 2
    odd = "yes: # ' \u2028 \ufffe \U0001f642 {1: 2} - 2026-01-01"
    assert save(client, "window/appeal", length="3", unit="months", source=odd).status_code == 302
    assert profile(app).appeals.window.source == odd, "whatever is typed is read back as it was typed"
    assert client.post(f"{CHANGE}/withdraw", data={"seen": seen_on(client.get(CHANGE))}).status_code == 302
    assert client.post(f"{CHANGE}/withdraw", data={"seen": "1"}).status_code == 302, "the same button pressed twice"
    assert client.get(CHANGE).status_code == 404


def test_an_old_version_that_lacks_a_deadline_is_asked_for_it_before_it_is_proposed(app, client, sign_in):
    with app.app_context():
        row = profiles.latest("profile", accounts.CE)
        older = profiles.by_id(row.id).model_copy(update={"version": 2})
        days = {name: timer for name, timer in older.days.items() if name != "panel"}
        text = services.sound.as_text(older.model_copy(update={"days": days}))
        profiles.publish([profiles.Source("profile", "file", text, profiles.parse("profile", "file", text))])
        services.db.session.commit()
    sign_in(client, "maya_manages")
    begin(client, 2)
    page = client.get(CHANGE).text
    assert "is missing; give its length" in page and f"{CHANGE}/deadline/panel" in page
    part = client.get(f"{CHANGE}/deadline/panel")
    assert part.status_code == 200 and 'href="#length"' in part.text and "give its length" in part.text
    assert save(client, "deadline/accuracy", length="6", unit="working_days", source=EXAMPLE).status_code == 302
    assert save(client, "deadline/panel", **PANEL).status_code == 302
    assert "give its length" not in client.get(CHANGE).text


def test_each_office_reads_its_own_and_only_who_may_changes_it(app, client, sign_in):
    with app.app_context():
        other = Organisation(slug="elsewhere", kind="commissioner", name="Elsewhere", ods_code="")
        services.db.session.add(other)
        services.db.session.flush()
        guest = people.add_user(name="Ed Else", email="ed.else@example.org", password="x" * 12, by="command:test")
        people.add_membership(user=guest, organisation=other, role=services.access.Role.IFR_MANAGER, by="command:test")
        services.db.session.commit()
        assert services.commissioners(people.person(guest.id)) == [other]
    sign_in(client, "alan_audits")
    assert client.get("/how-we-work").status_code == client.get(HOW).status_code == 200
    assert "Draft a change" not in client.get(HOW).text
    assert client.post(f"{HOW}/versions/{SHIPPED}/change").status_code == 403
    assert client.get("/how-we-work/elsewhere").status_code == client.get(f"{HOW}/versions/99").status_code == 404
    for key, status in (("carol_office", 200), ("dev_skin", 403), ("omar_member", 403)):
        sign_in(client, key)
        assert client.get(HOW).status_code == status, key
