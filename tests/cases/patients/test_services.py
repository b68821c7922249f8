"""Around the patient: practice and responsible body, basis and consents, contact and parties, earlier use and requests."""

from datetime import date

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from ifr import audit, clock, jobs, letters, pdf, workflow
from ifr.cases import identity, posting
from ifr.cases.beside import case_notes, section_notes
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Case
from ifr.cases.patients import (
    basis,
    by_hand,
    contact,
    earlier_requests,
    earlier_use,
    monitoring,
    practices,
    responsibility,
)
from ifr.cases.patients.contact import PartySaid
from ifr.cases.patients.earlier_use import UseSaid
from ifr.cases.patients.models import MonitoringAnswer
from ifr.cases.patients.responsibility import Meanwhile
from ifr.cases.services import answers_of
from ifr.commands.practices import practices as commands
from ifr.db import db
from ifr.demo import accounts, afterwards, stories, walk
from ifr.demo.days import LONGER_THAN_THE_HOLD
from ifr.people.services import command
from ifr.screening.guards import duplicates_answered, jurisdiction_answered
from ifr.workflow import Invalid, NotVisible, NotYours, Refused
from tests.cases.drafting import empty_draft

HEAD = "ods_code,name,postcode_area,body,body_name,area,from,until\n"
NUMBER = "9991234578"


def who(key: str = "carol_office"):
    return accounts.user(key)


def save(case: Case, section: str, **values: str) -> None:
    there = drafts.section_version(case, section)
    drafts.save_section(
        case, section, values, by=who("dev_skin"), seen=there.version if there else 0, as_it_is=True
    )


def words(notes) -> str:
    return " ".join(" ".join((note.heading, *note.says)) for note in notes)


# --- practices --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("name\nA", "lacks the column ods_code"),
        (HEAD + "Y1,A,,central-east,,,,\n", "line 2: 'Y1' is no code"),
        (HEAD + "Y12345,,,central-east,,,,\n", "line 2: the practice has no name"),
        (HEAD + "Y12345,A,,nobody,,,,\n", "line 2: 'nobody' is no commissioner"),
        (HEAD + "Y12345,A,,,,,,\n", "line 2: say which body"),
        (HEAD + "Y12345,A,,central-east,,,1 April,\n", "line 2: from is '1 April'"),
    ],
)
def test_a_table_of_practices_with_a_fault_is_refused_with_line_and_cure(app: Flask, table: str, says: str) -> None:
    with app.app_context(), pytest.raises(practices.PracticeTableError, match=says):
        practices.load(table, by=command("test"))


def test_a_practice_is_found_as_it_was_on_a_day(app: Flask) -> None:
    with app.app_context():
        rows = (
            "Y77701,Mill Lane,CB,central-east,,Luton,2020-01-01,2025-12-31\n"
            "Y77701,Mill Lane,CB,cheshire-merseyside,,,2026-01-01,\n"
        )
        assert practices.load(HEAD + rows, by=command("test")) == 2
        assert practices.load(HEAD + rows, by=command("test"), demonstration=True) == 2
        assert [one.body_name for one in practices.find("mill lane")] == ["NHS Cheshire and Merseyside Integrated Care Board"]
        assert [one.area for one in practices.find("y77701", date(2025, 6, 1))] == ["Luton"]
        assert practices.find("%") == [] and practices.meant_by("Bridge Street") is None
        assert practices.meant_by("Y99903").ods_code == "Y99903"


def test_the_practice_leads_to_the_body_and_gives_the_area_to_the_register(app: Flask) -> None:
    with app.app_context():
        case = empty_draft()
        save(case, "patient", name="A", practice="fen road surgery (demonstration)")
        found = practices.belongs(case)
        assert found.ours and found.words == (
            "This practice belongs to NHS Central East Integrated Care Board (area: Peterborough), so NHS Central East "
            "Integrated Care Board decides."
        )
        assert answers_of(case)["area"] == "Peterborough"
        # Two practices bear this name, so nobody guesses which one is meant.
        save(case, "patient", name="A", practice="Bridge Street Practice")
        assert practices.belongs(case) is None and answers_of(case)["area"] == ""


def test_a_practice_of_another_body_changes_nothing_until_somebody_addresses_the_draft_anew(app: Flask) -> None:
    with app.app_context():
        case = empty_draft()
        with pytest.raises(Invalid):
            responsibility.choose_practice(case, "NOWHERE", seen=case.version, by=who("dev_skin"))
        found = responsibility.choose_practice(case, "Y99912", seen=case.version, by=who("dev_skin"))
        assert not found.ours and case.commissioner_id == accounts.organisation(accounts.CE).id
        assert "another body" in words(section_notes(case, "patient", who("dev_skin")))
        body = responsibility.address_to_body(case, seen=case.version, by=who("dev_skin"))
        assert body.slug == accounts.CM == case.profile.name
        assert case.commissioner_id == body.id and answers_of(case)["area"] == "Cheshire"
        responsibility.choose_practice(case, "Y99921", seen=case.version, by=who("dev_skin"))
        with pytest.raises(Refused, match="does not take requests here"):
            responsibility.address_to_body(case, seen=case.version, by=who("dev_skin"))


def test_a_dispute_says_who_pays_meanwhile_before_the_check_and_is_settled_with_evidence(app: Flask) -> None:
    with app.app_context():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        with pytest.raises(NotYours):
            responsibility.dispute(case, body="NHS England", because="x", once="0", by=who("sam_screens"))
        with pytest.raises(Invalid):
            responsibility.dispute(case, body="", because="", once="1", by=who("dev_skin"))
        row = responsibility.dispute(
            case, body="NHS England", because="It commissions this.", once="1", by=who("dev_skin")
        )
        assert responsibility.dispute(case, body="x", because="y", once="1", by=who("dev_skin")) is row
        walk.checked(case)
        assert "who pays meanwhile" in jurisdiction_answered(case, who()).text
        with pytest.raises(Invalid) as fault:
            responsibility.answer_meanwhile(
                case, Meanwhile("yes", "", "", date(2020, 1, 1)), seen=case.version, by=who()
            )
        assert set(fault.value.faults) == {"meanwhile_body", "meanwhile_because", "meanwhile_until_on"}
        said = Meanwhile("yes", "Central East", "He waits otherwise.", date(2027, 1, 1))
        responsibility.answer_meanwhile(case, said, seen=case.version, by=who())
        assert jurisdiction_answered(case, who()) is None
        assert "Funded meanwhile without prejudice, by Central East until 1 January 2027." in words(case_notes(case, who()))
        with pytest.raises(Invalid) as fault:
            responsibility.settle(case, settled="another", body="", ground="", because="", seen=case.version, by=who())
        assert set(fault.value.faults) == {"settled_body", "settled_ground", "settled_because"}
        before = case.commissioner_id
        responsibility.settle(
            case, settled="another", body="NHS England", ground="specialised", because="Its list.", seen=case.version, by=who()
        )
        assert case.commissioner_id == before and responsibility.open_dispute(case) is None
        with pytest.raises(NotVisible):
            responsibility.answer_meanwhile(case, said, seen=case.version, by=who())


# --- basis, age, consents ---------------------------------------------------------------------------------------------


def test_each_basis_says_what_it_still_needs_until_it_is_there(app: Flask) -> None:
    with app.app_context():
        case, by = empty_draft(), who("dev_skin")
        for chosen, needs in (
            ("patient_agrees", ""),
            ("parental_responsibility", "person with parental responsibility"),
            ("competent_young_person", "how it is known"),
            ("attorney_or_deputy", "document and its registration"),
            ("best_interests", "who was consulted"),
            ("court", "which court decided what"),
            ("urgent_cannot_be_asked", "when the patient will be asked"),
        ):
            save(case, "basis", basis=chosen)
            assert needs in "; ".join(basis.missing(case)) and bool(needs) == bool(basis.missing(case))
        save(case, "basis", basis="best_interests")
        said = basis.Further(how_known="Assessment of 2 May.", consulted="The daughter.", imca="yes")
        basis.save_details(case, said, seen=case.version, by=by)
        assert basis.missing(case) == ["the advocate, as somebody beside the patient"]
        contact.add_party(case, PartySaid("imca", "Ivy Advocate", authority_seen="not_needed"), once="p", by=by)
        assert basis.missing(case) == []
        save(case, "basis", basis="attorney_or_deputy")
        basis.save_details(case, said, seen=case.version, by=by)
        row = contact.add_party(case, PartySaid("deputy", "Dee Puty"), once="d", by=by)
        assert basis.missing(case) == ["the attorney's or deputy's document and its registration"]
        contact.change_party(case, row.id, PartySaid("deputy", "Dee Puty", authority="Order 1"), seen=None, by=by)
        assert basis.missing(case) == ["that somebody has seen what gives that person the authority"]
        contact.change_party(
            case, row.id, PartySaid("deputy", "Dee Puty", authority="Order 1", authority_seen="yes"), seen=None, by=by
        )
        assert basis.missing(case) == []
        with pytest.raises(Invalid):
            basis.save_details(case, basis.Further(court_order_on=date(2027, 1, 1)), seen=case.version, by=by)
        with pytest.raises(PermissionError):
            basis.read_details(case, by=who("sam_screens"))


def test_a_child_who_turns_sixteen_or_eighteen_is_noticed_without_the_date(app: Flask) -> None:
    with app.app_context():
        story = stories.another(stories.HYPERHIDROSIS, name="Nell Young", born_on="1 12 2008", basis="parental_responsibility")
        case = walk.in_check(walk.received(story))
        assert basis.age_at_receipt(case) == 17 and basis.birthdays_passed(case) == []
        with clock.at(clock.now().replace(month=12, day=2)):
            assert basis.birthdays_passed(case) == [18]
            assert "adult" in basis.does_not_fit(case)
            seen = words(case_notes(case, who("sam_screens")))
            assert "The patient has turned 18" in seen and "under 18 when the request came in" in seen
            assert "2008" not in seen and "December" not in seen and "17" not in seen
            assert "17 when the request came in" in words(case_notes(case, who()))


def test_a_consent_has_day_and_person_and_its_withdrawal_stands_on_the_case(app: Flask) -> None:
    with app.app_context():
        case = empty_draft()
        save(case, "basis", consent_letters="yes")
        save(case, "basis", consent_letters="no")
        save(case, "basis", consent_letters="yes", consent_sharing="not_asked", consent_on="1/11/2026", consent_by="Sister Hall")
        shown = {one.kind: one for one in basis.read_consents(case, by=who("dev_skin"))}
        assert [one.words for one in shown["letters"].history] == ["Yes, asked on 1 November 2026 by Sister Hall"]
        assert shown["sharing"].now.words == "Not asked yet" and shown["treatment"].now is None
        assert basis.withdrawn(case) == []
        with pytest.raises(Invalid) as fault:
            basis.record_consent(case, "letters", "no", asked_on=None, asked_by="", seen=case.version, by=who("dev_skin"))
        assert set(fault.value.faults) == {"asked_on", "asked_by"}
        basis.record_consent(
            case, "letters", "no", asked_on=date(2026, 11, 20), asked_by="Dr Anand", seen=case.version, by=who("dev_skin")
        )
        assert basis.withdrawn(case) == ["letters"] and answers_of(case)["consent_letters"] == "no"
        assert "no longer wants to be written to" in words(case_notes(case, who("dev_skin")))


# --- letters ----------------------------------------------------------------------------------------------------------


def declined(**story) -> Case:
    case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    return walk.declined_at_screening(case)


def issued(case: Case) -> dict[str, str]:
    """The text of each letter that leaves, by its recipient, with copies under `copy`."""
    afterwards.released(case.stream)
    with clock.at(clock.now() + LONGER_THAN_THE_HOLD):
        db.session.commit()
        jobs.issue_letters()
    found = {}
    for row in letters.of_case(case):
        if row.document_id and row.name.startswith("screening"):
            found[row.to] = pdf.text_of(letters_document(row.document_id))
    copies = db.session.execute(text("SELECT id FROM documents WHERE kind = 'letter_copy'")).scalars().all()
    return {**found, "copy": "\n".join(pdf.text_of(letters_document(one)) for one in copies)}


def letters_document(document_id: int) -> bytes:
    from ifr import documents

    return documents.read(db.session.get_one(documents.Document, document_id))


def test_letters_go_where_it_is_safe_in_the_form_needed_and_copies_spare_those_not_to_be_told(app: Flask) -> None:
    with app.app_context():
        case, by = declined(), who()
        for name, kind, once in (("Ada Carer", "carer", "c1"), ("Pat Parent", "parent", "c2")):
            said = PartySaid(kind, name, "5 Copy Close\nEly", authority_seen="yes", may_be_written_to=True, gets_copies=True)
            contact.add_party(case, said, once=once, by=by)
        with pytest.raises(Invalid) as fault:
            contact.save_contact(case, {"do_not_copy": "parent,other", "letter_format": "smoke"}, seen=case.version, by=by)
        assert set(fault.value.faults) == {"letter_format", "do_not_copy_note"}
        values = {"contact_address": "Refuge House\nEly", "do_not_copy": "parent", "letter_format": "large_print"}
        contact.save_contact(case, values, seen=case.version, by=by)
        assert identity.contact_warnings(case) == ["Somebody must not be told of this request."]
        assert "Before you telephone or write" in words(case_notes(case, who()))
        assert "Before you telephone" not in words(case_notes(case, who("sam_screens")))
        said = issued(case)
        assert "Refuge House" in said["patient"] and "Fen Lane" not in said["patient"]
        assert "Please do not give or send a copy of this letter to: a parent." in said["clinician"]
        assert "Refuge House" not in said["clinician"]
        assert "5 Copy Close" in said["copy"] and "Copy of our letter to Marek Dolan" in said["copy"]
        assert "Ada Carer" in said["copy"] and "Pat Parent" not in said["copy"], "the parent is not to be told"


def test_a_letter_in_braille_waits_until_somebody_has_made_it(app: Flask) -> None:
    with app.app_context():
        case, by = declined(), who()
        contact.save_contact(case, {"letter_format": "braille", "do_not_write_because": "Others read his post"}, seen=None, by=by)
        (waiting,) = by_hand.to_make(case)
        batch = waiting.letter.batch
        with pytest.raises(Refused, match="braille"):
            posting.release(case, batch, by=by, seen=case.version)
        with pytest.raises(PermissionError):
            by_hand.confirm(case, waiting.letter.id, how="x", by=who("sam_screens"))
        by_hand.confirm(case, waiting.letter.id, how="Made by the transcription service; posted", by=by)
        by_hand.confirm(case, waiting.letter.id, how="again", by=by)
        afterwards.released(case.stream)
        with clock.at(clock.now() + LONGER_THAN_THE_HOLD):
            db.session.commit()
            jobs.issue_letters()
        row = letters.get(waiting.letter.id)
        assert row.state == letters.ISSUED and "In care of Dr Dev Anand" in pdf.text_of(letters_document(row.document_id))


def test_a_letter_that_leaves_at_once_is_held_up_instead_where_it_is_made_by_hand(app: Flask) -> None:
    with app.app_context():
        case, by = walk.in_check(walk.received(stories.HYPERHIDROSIS)), who()
        contact.save_contact(case, {"letter_format": "audio"}, seen=None, by=by)
        rows = letters.queue(
            case, ["closure_warning_patient"], workflow.definition_of(case).letters, batch=900_001
        )
        db.session.commit()
        jobs.issue_letters()
        db.session.expire_all()
        assert rows[0].state == letters.AWAITING and "a sound file" in rows[0].held_up_because


def test_parties_are_sealed_read_on_record_and_ended_never_deleted(app: Flask) -> None:
    with app.app_context():
        case, by = empty_draft(), who("dev_skin")
        with pytest.raises(Invalid) as fault:
            contact.add_party(case, PartySaid("aunt", "", gets_copies=True, authority_seen="maybe"), once="1", by=by)
        assert set(fault.value.faults) == {"kind", "name", "authority_seen", "address", "may_be_written_to"}
        row = contact.add_party(case, PartySaid("parent", "Zoe Sealed"), once="1", by=by)
        assert contact.add_party(case, PartySaid("parent", "Zoe Sealed"), once="1", by=by) is row
        assert "Zoe" not in str(db.session.execute(text("SELECT * FROM parties")).all())
        with pytest.raises(Invalid):
            contact.end_party(case, row.id, because="", seen=case.version, by=by)
        contact.end_party(case, row.id, because="She has moved away", seen=case.version, by=by)
        assert [one.ended_because for one in contact.read_parties(case, by=by)] == ["She has moved away"]
        whys = [one.facts["why"] for one in audit.events(case.stream) if one.action == "read_identity"]
        assert "parties" in whys
        with pytest.raises(PermissionError):
            contact.read_parties(case, by=who("sam_screens"))
        assert "Zoe" not in str([one.facts for one in audit.events(case.stream)])


# --- earlier use and earlier requests ---------------------------------------------------------------------------------


def test_earlier_use_shows_the_commissioners_clause_and_asks_for_the_promise(app: Flask) -> None:
    with app.app_context():
        case, by = empty_draft(), who("dev_skin")
        with pytest.raises(Invalid) as fault:
            earlier_use.add_use(case, UseSaid("borrowed", "", "", document_id=9), once="1", by=by)
        assert set(fault.value.faults) == {"kind", "dates", "response", "document_id"}
        row = earlier_use.add_use(case, UseSaid("trial", "2025", "Score 9 to 3"), once="1", by=by)
        assert earlier_use.missing(case) == ["Earlier use 1: who promised what for the end of it."]
        said = UseSaid("trial", "2025", "Score 9 to 3", promised="Six months more")
        earlier_use.change_use(case, row.id, said, seen=None, by=by)
        (shown,) = earlier_use.uses(case)
        assert "sponsor's promise" in shown.clause and shown.source == "example, not any commissioner's policy"
        assert earlier_use.missing(case) == ["Earlier use 1: the document that says so."]
        assert case.profile.earlier_use.approval_elsewhere == "decide_afresh"
        earlier_use.add_use(case, UseSaid("provider_risk", "May 2026", "Well"), once="2", by=by)
        assert "never counts against" in earlier_use.uses(case)[1].holds
        earlier_use.remove_use(case, row.id, by=by)
        assert [one.kind for one in earlier_use.uses(case)] == ["provider_risk"]
        sent = walk.received(stories.HYPERHIDROSIS)
        with pytest.raises(Refused):
            earlier_use.add_use(sent, UseSaid("private", "2025", "Well"), once="3", by=by)


def test_a_repeat_shows_the_earlier_reasons_and_asks_what_is_new(app: Flask) -> None:
    with app.app_context():
        story = stories.HYPERHIDROSIS
        same = stories.replace(story, patient={**story.patient, "nhs_number": NUMBER})
        first = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(same))))
        again = walk.in_check(walk.received(same))
        (other,) = earlier_requests.others(again, who())
        assert other.case.id == first.id and other.alike and other.decided[0].reasons
        assert earlier_requests.others(again, who("dev_skin"))[0].decided == [], "the letter has not been issued"
        assert earlier_requests.others(again, who("rosa_spine")) == []
        walk.checked(again)
        assert first.reference in duplicates_answered(again, who()).text
        for said in ("repeat", "different"):
            with pytest.raises(Invalid):
                earlier_requests.answer(again, first.key, said=said, what_is_new="", because="", seen=None, by=who())
        with pytest.raises(NotVisible):
            earlier_requests.answer(again, "IFR-1999-0001", said="repeat", what_is_new="x", because="", seen=None, by=who())
        earlier_requests.answer(again, first.key, said="repeat", what_is_new="A new letter", because="", seen=None, by=who())
        assert duplicates_answered(again, who()) is None and earlier_requests.unanswered(again, who()) == []


def test_without_a_number_the_same_name_and_birthday_find_the_other_request(app: Flask) -> None:
    with app.app_context():
        one, two, three = empty_draft(), empty_draft(), empty_draft()
        save(one, "patient", name="Zoë O'Hara", born_on="1/2/1990", nhs_number=NUMBER)
        save(two, "patient", name="zoe  o’hara", born_on="1990-02-01", no_nhs_number_because="Newborn")
        save(three, "patient", name="Zoe OHara", born_on="1 2 1990", nhs_number="9990000018")
        assert identity.cases_of_same_patient(one) == [two.id]
        assert sorted(identity.cases_of_same_patient(two)) == [one.id, three.id]
        save(one, "treatment", treatment="Laser of the left hand")
        save(two, "treatment", treatment="Left hand laser")
        assert "asked before" in words(section_notes(two, "patient", who("dev_skin")))
        assert section_notes(two, "patient", who("sam_screens")) == []


# --- equality monitoring ----------------------------------------------------------------------------------------------


def test_monitoring_is_sealed_names_no_case_and_shows_no_small_number(app: Flask) -> None:
    with app.app_context():
        case, by = empty_draft(), who("dev_skin")
        with pytest.raises(Invalid):
            monitoring.save(case, {"religion": "canary"}, by=by)
        monitoring.save(case, {}, by=by)
        assert not monitoring.is_answered(case)
        monitoring.save(case, {"religion": "sikh"}, by=by)
        monitoring.save(case, {"religion": "jewish", "sex": "female"}, by=by)
        rows = db.session.execute(text("SELECT * FROM monitoring_answers")).all()
        assert len(rows) == 1 and monitoring.is_answered(case)
        assert "jewish" not in str(rows) and case.uuid not in str(rows)
        assert not [one for one in audit.events(case.stream) if "monitoring" in one.action]
        with pytest.raises(NotYours):
            monitoring.save(case, {"sex": "female"}, by=who("sam_screens"))
        own = case.commissioner_id
        assert monitoring.counts(own, case.profile).answered is None
        for number in range(40):
            given = {"sex": "female" if number < 25 else "male", "religion": "none" if number else "hindu"}
            db.session.add(
                MonitoringAnswer(pseudonym=str(number), commissioner_id=own, year=2026, answers=monitoring.json.dumps(given))
            )
        db.session.flush()
        found = {one.label: dict(one.rows) for one in monitoring.counts(own, case.profile).questions}
        assert found["Sex"]["Female"] == 26 and found["Sex"]["Male"] == 15
        assert found["Religion or belief"]["Hindu"] is None and found["Religion or belief"]["Jewish"] is None
        assert found["Religion or belief"]["Sikh"] is None and found["Religion or belief"]["No religion"] == 39


def test_a_discarded_draft_leaves_nothing_around_the_patient(app: Flask) -> None:
    with app.app_context():
        case, by = empty_draft(), who("dev_skin")
        contact.add_party(case, PartySaid("carer", "Gone Soon"), once="1", by=by)
        earlier_use.add_use(case, UseSaid("private", "2025", "Well"), once="1", by=by)
        workflow.move(case, "discard_draft", by=by, seen=case.version)
        for table in ("parties", "earlier_uses", "consents", "basis_details", "patients"):
            assert db.session.execute(text(f"SELECT count(*) FROM {table} WHERE case_id = :c"), {"c": case.id}).scalar() == 0


def test_the_command_loads_a_table_finds_a_practice_and_refuses_a_faulty_one(app: Flask, tmp_path) -> None:
    table = tmp_path / "practices.csv"
    table.write_text("\ufeff" + HEAD + "Y88801,Orchard House,CB,central-east,,Luton,2026-01-01,\n", encoding="utf-8")
    with app.app_context():
        run = CliRunner()
        assert run.invoke(commands, ["load", str(table), "--demonstration"]).output == "1 practice on record\n"
        found = run.invoke(commands, ["find", "orchard", "--json"])
        assert '"body": "NHS Central East Integrated Care Board"' in found.output and '"area": "Luton"' in found.output
        table.write_text(HEAD + "Y88801,,,,,,,\n")
        refused = run.invoke(commands, ["load", str(table)])
        assert refused.exit_code == 1 and "Nothing was put on record. line 2: the practice has no name" in refused.output
