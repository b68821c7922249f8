"""The standing register of a panel: who keeps it, what it warns of, and who of it may vote."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import clock
from ifr.db import db
from ifr.demo import accounts, standing
from ifr.demo.walk import once
from ifr.panels.members import services
from ifr.panels.members.models import PanelMember
from ifr.panels.members.services import Place
from ifr.people.models import Organisation

SignIn = Callable[[FlaskClient, str], None]
TODAY = date(2026, 11, 21)
FIRST = {"from_on-day": "1", "from_on-month": "1", "from_on-year": "2026"}


def trained(year: str) -> dict[str, str]:
    return {"trained_on-day": "1", "trained_on-month": "3", "trained_on-year": year}


def reason(key: str, on: date = TODAY) -> str | None:
    body = accounts.organisation(accounts.CE)
    return services.why_not_voting(accounts.user(key).id, body.id, on, services.profile_of(body))


def test_the_secretary_keeps_the_register_and_sees_what_is_wrong_with_it(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context():
        bodies = [accounts.organisation(slug).id for slug in accounts.BOTH]
        helen, omar, leo = (accounts.user(key).id for key in ("helen_chairs", "omar_member", "leo_lay"))
    sign_in(client, "stan_minutes")
    first = {"user_id": helen, "commissioner_ids": bodies, "capacity": "chair", "once": "a" * 32, **FIRST, **trained("2026")}
    assert client.post("/panel-members/new", data=first).status_code == 302
    assert client.post("/panel-members/new", data=first).status_code == 302, "the same form again"
    page = client.get("/panel-members").text
    assert page.count("The chair has no deputy") == 2
    assert "Even if everybody comes there is no quorum." in page
    assert "Needed: 3 voting members, 2 clinicians, 1 doctor, 1 lay member. Able to vote: 1 voting member" in page
    assert "Never confirmed" in page

    faults = {"user_id": omar, "commissioner_ids": bodies[:1], "capacity": "chair", "deputy_of_id": leo, **FIRST}
    too_early = {"until_on-day": "1", "until_on-month": "1", "until_on-year": "2025"}
    answer = client.post("/panel-members/new", data={**faults, **too_early})
    assert answer.status_code == 422
    for said in ("does not hold the role of a panel chair", "else who is on this register", "must not be before its first"):
        assert said in answer.text
    assert 'value="2025"' in answer.text
    for nonsense in ({"user_id": "9" * 30}, {"user_id": "x\x00"}, {"commissioner_ids": []}, {"from_on-year": "0001"}):
        assert client.post("/panel-members/new", data={**first, "once": "b", **nonsense}).status_code in (404, 422), nonsense

    with app.app_context():
        rows = db.session.scalars(select(PanelMember).order_by(PanelMember.id)).all()
        assert [row.user_id for row in rows] == [helen, helen]
        one = rows[0].id
    changed = {"seen": 0, "capacity": "member", **FIRST, **trained("2024")}
    assert client.post(f"/panel-members/{one}", data=changed).status_code == 302
    assert client.post(f"/panel-members/{one}", data=changed).status_code == 409, "the page has grown old"
    assert "The training lapsed on 1 March 2026" in client.get("/panel-members").text
    days = {"ended_on-day": "20", "ended_on-month": "11", "ended_on-year": "2026"}
    assert client.post(f"/panel-members/{one}/end", data={"seen": 1, **days}).status_code == 422, "without a reason"
    assert client.post(f"/panel-members/{one}/end", data={"seen": 1, "because": "Has moved away.", **days}).status_code == 302
    assert "Has moved away." in client.get("/panel-members").text
    assert "Has moved away." in client.get(f"/panel-members/{one}").text

    sign_in(client, "omar_member")
    assert client.get("/panel-members").status_code == 403
    sign_in(client, "maya_manages")
    assert client.get("/panel-members").status_code == 200
    with app.app_context():
        elsewhere = Organisation(kind="commissioner", slug="elsewhere", name="Elsewhere", ods_code="")
        db.session.add(elsewhere)
        db.session.flush()
        row = PanelMember(
            once="c", commissioner_id=elsewhere.id, user_id=helen, capacity="chair", from_on=TODAY, added_at=clock.now()
        )
        db.session.add(row)
        db.session.commit()
        hidden = row.id
    assert client.get(f"/panel-members/{hidden}").status_code == 404
    assert client.post("/panel-members/new", data={**first, "commissioner_ids": [10**9]}).status_code in (403, 404)


def test_whoever_has_no_term_or_no_training_does_not_vote_where_the_profile_says_so(app: Flask) -> None:
    with app.app_context():
        by = accounts.user("stan_minutes")
        central, cheshire = (accounts.organisation(slug) for slug in (accounts.CE, accounts.CM))
        assert reason("omar_member") is None, "an office without a register goes on"
        for key, capacity, until_on, trained_on in (
            ("omar_member", "member", None, date(2026, 3, 1)),
            ("nina_member", "member", date(2026, 11, 20), date(2026, 3, 1)),
            ("leo_lay", "member", None, date(2024, 11, 20)),
            ("ruth_lay", "adviser", None, None),
        ):
            place = Place(capacity, None, date(2025, 1, 1), until_on, trained_on)
            services.add(accounts.user(key).id, [central.id, cheshire.id], place, once=once(), by=by)
        assert [reason(key) for key in ("omar_member", "nina_member", "leo_lay", "ruth_lay")] == [
            None, "term ended", "training lapsed", "adviser without a vote",
        ]  # fmt: skip
        assert reason("nina_member", date(2026, 11, 20)) is None
        assert reason("leo_lay", date(2026, 11, 20)) is None, "the last day on which the training holds"
        assert reason("omar_member", date(2024, 12, 31)) == "term not begun"
        assert services.training_lapsed(accounts.user("leo_lay").id, central.id, TODAY)
        standing = services.standing(central.id, TODAY)
        assert [(one.name, one.not_voting) for one in standing] == [
            ("Dr Omar Sayed", None), ("Leo Grant", "training lapsed"), ("Ruth Adeyemi", "adviser without a vote"),
        ]  # fmt: skip
        rule = services.profile_of(cheshire)
        lapsed = services.why_not_voting(accounts.user("leo_lay").id, cheshire.id, TODAY, rule)
        training = rule.panel.training if rule else None
        assert (lapsed is None) == (training is None or training.lapsed_may_vote)
        assert services.stands_for(accounts.user("nina_member").id) == []
        rule = services.profile_of(central)
        assert services.may_vote(accounts.user("omar_member").id, central.id, TODAY + timedelta(days=30), rule)


def test_where_a_register_is_kept_only_its_chair_and_deputies_chair_an_item(app: Flask) -> None:
    with app.app_context():
        body = accounts.organisation(accounts.CE).id
        assert services.who_may_chair(body, TODAY) is None, "an office without a register goes on"
        standing.load()
        chairs = {accounts.user(key).id for key in ("helen_chairs", "derek_deputy", "omar_member")}
        assert services.who_may_chair(body, TODAY) == chairs
