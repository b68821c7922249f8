"""No mail holds anything of a patient: every identity column, file name and free text of the demonstration is filled with words
of its own, every kind of mail is sent, and what the mail server took is searched for those words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from ifr import clock, letters, mail
from ifr.cases.identity import Sealed
from ifr.cases.models import Case
from ifr.cases.services import clinician_id_of
from ifr.commands.database import bring_up_to_date
from ifr.db import db, metadata, transaction
from ifr.demo import accounts
from ifr.jobs import mails as sending
from ifr.mail import Mail
from ifr.people import services as people
from ifr.telling import digests, mails, passages, services
from ifr.telling.models import Digest, Notice
from tests.conftest import make_app
from tests.databases import Templates
from tests.telling.conftest import SENDER, Post

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
CANARY = re.compile(r"CANARY\w*", re.I)
# What is no request's: policies, people with accounts, definitions, the calendar, the words of steps and dates, the audit,
# and mails themselves.
NOT_OF_A_REQUEST = re.compile(
    r"policy_|policies$|guidance|definitions|users$|organisations|memberships|practices|commissioner_|days_off|date_moves|"
    r"treatment_phrases|audit_|deadline|pauses|job_|mail|notices|calendar_|sign_ins|failed_|profile_|upkeep_|saved_views|"
    r"retention_|changed_days|dates_to_explain|matters|meetings"
)
# Ours, although it stands in the row of a request.
OUR_WORDS = {("moves", "done"), ("letters", "held_up_because")}
# Named here, though one word each: what is looked for by a sentence would miss them.
ALWAYS = {"treatment", "condition", "specialty", "title", "uploaded_name"}


def fill() -> int:
    """Put a word of its own into every column that holds identity, a file name or free text, and say how many those are."""
    filled = 0
    for table in metadata.sorted_tables:
        if NOT_OF_A_REQUEST.match(table.name):
            continue
        for column in table.columns:
            if not isinstance(column.type, sa.String | Sealed) or column.foreign_keys or (table.name, column.name) in OUR_WORDS:
                continue
            word = f"CANARY{table.name}{column.name}"
            typed = sa.true() if isinstance(column.type, Sealed) or column.name in ALWAYS else column.like("% %")
            done = db.session.execute(table.update().where(typed, column.is_not(None)).values({column.name: word}))
            filled += done.rowcount > 0
    for row in db.session.scalars(sa.select(letters.Letter)):
        row.facts = canaries_for(row.facts)
    db.session.flush()
    return filled


def canaries_for(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: canaries_for(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [canaries_for(one, name) for one in value]
    return f"CANARYfact{name}" if isinstance(value, str) and name != "reference" else value


@pytest.fixture(scope="module")
def world(templates: Templates) -> Iterator[Flask]:
    """The whole demonstration, filled with such words, with passages that name all that they may."""
    url = templates.world("sqlite")
    app = make_app(templates, url)
    with app.app_context(), clock.at(MONDAY):
        bring_up_to_date(app)
        with transaction():
            assert fill() > 100
            for commissioner in (accounts.CE, accounts.CM):
                for name, kind in passages.PASSAGES.items():
                    text = f"Everything ({name}): " + " ".join(f"{{{one}}}" for one in kind.names)
                    passages.save(commissioner, name, text, seen=0, by=accounts.user("maya_manages"))
        yield app
        db.session.remove()
        db.engine.dispose()
    templates.drop(url)


def queue_everything() -> set[str]:
    """One mail of every letter, an urgent one to everybody of every request, and a summary for everybody."""
    for model in (Digest, Notice, Mail):
        db.session.execute(sa.delete(model))
    for row in db.session.scalars(sa.select(letters.Letter).order_by(letters.Letter.id)):
        mails.about_letter(row, letters.subject_of_stream(row.stream))
    for case in db.session.scalars(sa.select(Case)):
        for user_id in {clinician_id_of(case), case.allocated_to_id} - {None}:
            services.tell(user_id, key=f"canary:{case.id}", words="A date was missed.", case=case, urgent=True)
    services.tell(accounts.user("maya_manages").id, key="canary", words="The table ends.", to="telling.news", urgent=True)
    for account in accounts.ACCOUNTS:
        digests.take_turn(accounts.user(account.key).id)
    return set(db.session.scalars(sa.select(Mail.kind)))


def test_no_mail_of_any_kind_holds_anything_of_a_patient_in_text_subject_or_header(world: Flask, post: Post) -> None:
    world.config["IFR"] = replace(
        world.config["IFR"], smtp_url=f"smtp://127.0.0.1:{post.port}", mail_from=SENDER, public_address="https://ifr.example.org"
    )
    with clock.at(MONDAY), transaction():
        assert queue_everything() == {mail.LETTER, mail.URGENT, mail.DIGEST}
        # Whatever a letter goes to by now, its mail is looked at: as if everybody had an address.
        carol = accounts.user("carol_office").id
        db.session.execute(sa.update(Mail).where(Mail.letter_id.is_not(None)).values(user_id=carol, letter_id=None))
        queued = db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) or 0
    with clock.at(MONDAY):
        while sending.send_mails():
            pass
    assert len(post.taken) == queued > 100
    references = set(db.session.scalars(sa.select(Case.reference)))
    for message in post.taken:
        said = "\n".join([*(f"{name}: {value}" for name, value in message.items()), message.get_content()])
        assert CANARY.findall(said) == []
        # Who has no account is told that the letter comes by post, and has nothing to open.
        assert ("https://ifr.example.org/" in said) != ("(letter_by_post)" in said)
        assert set(re.findall(r"IFR-\d{4}-\d{4}", said)) <= references
    # All that a passage may name was named, so nothing that can be put into a mail was left out.
    everything = "\n".join(message.get_content() + message["Subject"] for message in post.taken)
    assert [name for name in passages.PASSAGES if f"Everything ({name})" not in everything] == []


def test_the_words_are_there_to_be_found(world: Flask) -> None:
    with transaction(writes=False):
        case = db.session.scalars(sa.select(Case).where(Case.reference.is_not(None)).order_by(Case.id)).first()
        assert case is not None and CANARY.search(case.treatment)
        row = next(row for row in letters.of_case(case) if "clinician" in row.to)
        assert CANARY.search(letters.as_html(
            row, recipient=letters.Recipient("x"), profile=case.profile, issued_on=clock.today(), dates={}
        ))  # fmt: skip
        assert people.person(case.allocated_to_id or 1).name
