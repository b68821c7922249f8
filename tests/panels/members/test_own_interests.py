"""A member's own register of interests, and what it has in common with a request."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ifr import clock
from ifr.cases import identity
from ifr.db import db
from ifr.demo import accounts, stories, walk
from ifr.panels.members import declared, services
from ifr.panels.members.connections import ASK, connections, connections_for_office
from ifr.panels.members.declared import InterestTyped
from ifr.panels.members.models import RegisteredInterest
from ifr.panels.members.services import Place
from ifr.telling.models import Notice
from ifr.timetable import interests

SignIn = Callable[[FlaskClient, str], None]


def test_a_member_keeps_the_register_and_confirms_it(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context():
        place = Place("member", None, date(2025, 1, 1), None, None)
        omar = accounts.user("omar_member")
        hospital = accounts.organisation(accounts.CE_TRUST).id
        services.add(omar.id, [accounts.organisation(accounts.CE).id], place, once="a", by=accounts.user("stan_minutes"))
        db.session.commit()
        number = omar.id
    sign_in(client, "omar_member")
    assert "Your register is due" in client.get("/my-interests").text
    refused = client.post("/my-interests/confirm/complete", data={"once": "n"})
    assert refused.status_code == 422 and "Your register is empty" in refused.text

    typed = {"kind": "employment", "organisation_id": hospital, "department": "Dermatology", "once": "one"}
    assert client.post("/my-interests", data=typed).status_code == 302
    assert client.post("/my-interests", data=typed).status_code == 302, "the same form again"
    faults = {"kind": "practice", "practice": "Nowhere Surgery", "words": "I am a partner there", "once": "two"}
    answer = client.post("/my-interests", data=faults)
    assert answer.status_code == 422
    assert "No practice on record fits." in answer.text and "I am a partner there" in answer.text
    assert "Say which practice." in client.post("/my-interests", data={"kind": "practice"}).text
    late = {"words": "A share", "from_on-day": "1", "from_on-month": "1", "from_on-year": "9999"}
    for nonsense in ({"organisation_id": "9" * 30}, {"words": "x" * 3000}, late):
        assert client.post("/my-interests", data={"kind": "other", "once": "z", **nonsense}).status_code == 422, nonsense

    assert client.post("/my-interests/confirm/complete", data={"once": "yes"}).status_code == 302
    page = client.get("/my-interests").text
    assert "Confirmed on 21 November 2026." in page and "To be confirmed again by 21 November 2027." in page
    with app.app_context():
        row = db.session.scalars(select(RegisteredInterest)).one()
    assert client.post(f"/my-interests/{row.id}/end", data={}).status_code == 422
    assert client.post(f"/my-interests/{row.id}/end", data={"because": "I have left."}).status_code == 302
    assert client.post("/my-interests/confirm/nothing", data={"once": "none"}).status_code == 302
    page = client.get("/my-interests").text
    assert "nothing to declare" in page and "I have left." in page, "an ended line stays"

    sign_in(client, "leo_lay")
    assert client.post(f"/my-interests/{row.id}/end", data={"because": "x"}).status_code == 404
    sign_in(client, "stan_minutes")
    assert "I have left." in client.get(f"/panel-members/interests/{number}").text
    assert client.get("/panel-members/interests/1").status_code == 404, "somebody who stands on no panel"
    assert client.get("/my-interests").status_code == 403


def test_a_member_is_told_once_that_the_register_is_due(app: Flask) -> None:
    with app.app_context():
        body, by = accounts.organisation(accounts.CE), accounts.user("stan_minutes")
        leo = accounts.user("leo_lay")
        services.add(leo.id, [body.id], Place("member", None, date(2025, 1, 1), None, None), once="a", by=by)
        assert interests.due(10) == [f"interests:{leo.id}"]
        interests.act(f"interests:{leo.id}")
        interests.act(f"interests:{leo.id}")
        assert interests.due(10) == []
        told = select(func.count()).select_from(Notice).where(Notice.user_id == leo.id)
        assert db.session.scalar(told) == 1
        declared.confirm(nothing=True, once="b", by=leo)
        with clock.at(clock.now() + timedelta(days=364)):
            assert interests.due(10) == []
        with clock.at(clock.now() + timedelta(days=366)):
            assert interests.due(10) == [f"interests:{leo.id}"]
            interests.act(f"interests:{leo.id}")
            assert db.session.scalar(told) == 2


def test_what_a_member_has_in_common_with_a_request_is_said_without_the_patient(app: Flask) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        omar, nina, leo = (accounts.user(key) for key in ("omar_member", "nina_member", "leo_lay"))
        assert connections(case, omar) == []
        trust = accounts.organisation(accounts.CE_TRUST)
        row = declared.add(
            InterestTyped("employment", trust.id, department=case.specialty, from_on=date(2020, 1, 1)), once="a", by=omar
        )
        assert connections(case, omar) == [
            f"Your register names {trust.name}, which made this request.",
            f"Your register names the department at {trust.name} that made this request.",
        ]
        declared.end(row.id, because="Has left.", by=omar)
        assert connections(case, omar) == []
        declared.add(InterestTyped("other", words=f"Gave lectures at {trust.name} in spring"), once="b", by=omar)
        assert connections(case, omar) == [f"Your register names {trust.name}, which made this request."]

        declared.add(InterestTyped("practice", practice="Y99901"), once="a", by=nina)
        identity.set_practice_code(case, "Y99902")
        assert connections(case, nina) == []
        identity.set_practice_code(case, "Y99901")
        assert connections(case, nina) == [ASK]
        assert "Market" not in connections_for_office(case, nina)[0]

        declared.add(InterestTyped("family", person="anand, DEV"), once="a", by=leo)
        assert connections(case, leo) == [], "another order of the names is another name"
        declared.add(InterestTyped("family", person="dr dev ANAND"), once="b", by=leo)
        assert connections(case, leo) == ["Your register names Dr Dev Anand, who made this request."]
        surgeon = accounts.user("dev_skin")
        assert connections(case, surgeon) == [f"You hold a role at {trust.name}, which made this request."]
