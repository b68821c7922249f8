"""Documents handed in: read into drafts, each with what became of it."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from ifr import jobs
from ifr.db import db, transaction
from ifr.people.services import command, organisation_named
from ifr.policies.editing import importing, services
from ifr.policies.editing.models import PolicyImport, PolicyReading
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.guidance.services import all_guidance
from ifr.policies.reading import read_document
from ifr.policies.reading.record import Field
from tests.policies.editing.drafting import DOCUMENT, NEWSLETTER, hand_in


def rows(app, batch):
    with app.app_context():
        query = select(PolicyImport).where(PolicyImport.batch == batch).order_by(PolicyImport.number)
        found = list(db.session.scalars(query))
        db.session.expunge_all()
        return found


def worked(app, batch):
    """What became of the files of a batch once the worker has read them."""
    with app.app_context():
        importing.read_waiting()
    return rows(app, batch)


def batch_of(answer):
    assert answer.status_code == 302, answer.text
    return answer.location.rsplit("/", 1)[1]


def test_one_document_is_read_at_once_and_makes_a_draft(app, lead, central_east):
    batch = batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT)))
    page = lead.get(f"/policies/imports/{batch}").text
    assert "1 of 1 read" in page
    assert "http-equiv" not in page
    [row] = rows(app, batch)
    assert (row.state, row.kind) == ("read", "clinical_policy")
    with app.app_context():
        record = record_of(versions_whole([row.version_id])[0])
        reading = db.session.get(PolicyReading, row.version_id)
        assert reading.text.split() == DOCUMENT.decode().split()
    assert (record.reference, record.version, record.position.value) == ("LSR-07", "2.1", "not_routinely_commissioned")
    assert str(record.ratified_on) == "2025-03-04"
    assert record.review.day == "2028-04"
    assert [one.code for one in record.statements[0].codes.opcs4] == ["W84.4"]
    assert record.scope is None


def test_a_draft_shows_the_words_that_each_field_was_read_from(app, lead, central_east):
    [row] = rows(app, batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT))))
    page = lead.get(f"/policies/drafts/{row.version_id}").text
    assert "Reference: LSR-07" in page
    assert "Certain" in page
    assert "Not stated in the document." in page
    assert "Arthroscopic realignment of joint" in lead.get(f"/policies/drafts/{row.version_id}/text").text


def test_what_is_no_policy_is_said_so_and_makes_no_draft(app, lead, central_east):
    [row] = rows(app, batch_of(hand_in(lead, central_east, ("minutes.txt", NEWSLETTER))))
    assert (row.state, row.kind, row.version_id) == ("read", "other", None)
    assert row.words == "This is no clinical policy, so no draft was made."


GUIDANCE = b"""NICE
Technology appraisal guidance
Lunarzumab for treating lunar shoulder
TA9123
Published: 4 March 2025

1 Recommendations
1.1 Lunarzumab is recommended as an option for treating lunar shoulder in adults.
"""


def test_guidance_that_was_read_is_put_on_record_by_a_person(app, client, sign_in, lead, central_east):
    batch = batch_of(hand_in(lead, central_east, ("ta9123.txt", GUIDANCE), ("policy.txt", DOCUMENT)))
    guidance, policy = worked(app, batch)
    assert (guidance.kind, guidance.version_id) == ("guidance", None)
    address = f"/policies/imports/{batch}/1/guidance"
    assert address in lead.get(f"/policies/imports/{batch}").text
    page = lead.get(address).text
    assert 'value="9123"' in page and "Lunarzumab for treating lunar shoulder" in page and 'value="2025"' in page
    assert '<option value="TA" selected>' in page
    assert 'name="paid" type="radio" value="ninety" checked' not in page
    assert lead.get(f"/policies/imports/{batch}/2/guidance").status_code == 404
    assert lead.get(f"/policies/imports/{batch}/3/guidance").status_code == 404
    with app.app_context():
        assert not [one for one in all_guidance() if one.reference == "TA9123"]
    sign_in(client, "carol_office")
    assert client.get(address).status_code == 403


def test_what_is_too_long_for_a_line_of_the_form_is_cut_and_stands_whole_among_the_remarks(app, lead, central_east):
    reading = replace(read_document("long.txt", DOCUMENT), areas=Field(["Northfield " * 40], "Northfield", "certain"))
    with app.app_context(), transaction():
        made = services.propose(reading, owner=organisation_named("central-east"), by=command("policy-import"))
        record = record_of(versions_whole([made.id])[0])
    assert [len(one) for one in record.areas] == [200]
    assert f"areas > 1: {('Northfield ' * 40).strip()}" in record.remarks[-1]


def test_a_document_that_names_another_commissioner_says_so_in_its_draft(app, lead, central_east):
    with app.app_context():
        own = organisation_named("central-east").name
    named = b"NHS Cheshire & Merseyside\n\n" + DOCUMENT
    [row] = rows(app, batch_of(hand_in(lead, central_east, ("policy.txt", named))))
    said = f"and not {own}. This is a draft of {own}: look whether it is its policy."
    assert row.words.startswith("The document names NHS Cheshire and Merseyside") and row.words.endswith(said)
    with app.app_context():
        assert row.words in record_of(versions_whole([row.version_id])[0]).remarks
    [plain] = rows(app, batch_of(hand_in(lead, central_east, ("own.txt", DOCUMENT.replace(b"2.1", b"2.2")))))
    assert plain.words is None


def test_the_same_version_again_points_to_the_one_on_record(app, lead, central_east):
    [first] = rows(app, batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT))))
    [again] = rows(app, batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT))))
    assert (again.state, again.version_id) == ("read", first.version_id)
    assert "is on record already" in again.words


def test_a_form_that_is_sent_twice_hands_in_once(app, lead, central_east):
    once = uuid.uuid4().hex
    first = batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT), once=once))
    assert batch_of(hand_in(lead, central_east, ("policy.txt", DOCUMENT), once=once)) == first
    assert len(rows(app, first)) == 1


def test_several_wait_for_the_worker_and_one_that_fails_stops_none(app, lead, central_east):
    files = [("broken.pdf", b"%PDF-1.7 and nothing more"), ("policy.txt", DOCUMENT), ("minutes.txt", NEWSLETTER)]
    batch = batch_of(hand_in(lead, central_east, *files))
    page = lead.get(f"/policies/imports/{batch}").text
    assert "0 of 3 read" in page
    assert '<meta http-equiv="refresh"' in page
    jobs.tick(app)
    assert [row.state for row in rows(app, batch)] == ["failed", "read", "read"]
    broken, policy, minutes = rows(app, batch)
    assert broken.words.endswith(".")
    assert policy.version_id and not minutes.version_id
    assert "3 of 3 read" in lead.get(f"/policies/imports/{batch}").text


def test_nothing_is_read_twice(app, lead, central_east):
    hand_in(lead, central_east, ("policy.txt", DOCUMENT), ("minutes.txt", NEWSLETTER))
    with app.app_context():
        assert importing.read_waiting() == 2
        assert importing.read_waiting() == 0


def test_a_web_page_is_kept_and_never_handed_out_as_one(app, lead, central_east):
    page = b"<html><body><h1>Policy</h1><p>" + DOCUMENT.replace(b"\n", b"</p><p>") + b"</p></body></html>"
    [row] = rows(app, batch_of(hand_in(lead, central_east, ("policy.html", page))))
    from ifr import documents

    with app.app_context():
        [kept] = documents.of(f"policy_import:{row.batch}")
        assert kept.media_type == "application/octet-stream"
        assert documents.read(kept) == page


@pytest.mark.parametrize("files", [[], [("empty.txt", b"")]])
def test_nothing_to_read_is_said_in_a_sentence(lead, central_east, files):
    answer = hand_in(lead, central_east, *files)
    assert answer.status_code == 422
    assert "Choose" in answer.text


def test_more_than_a_hundred_at_once_are_refused(lead, central_east):
    answer = hand_in(lead, central_east, *[(f"{n}.txt", b"text") for n in range(101)])
    assert answer.status_code == 422
    assert "there are 101" in answer.text


def test_another_commissioner_cannot_be_chosen(lead):
    assert hand_in(lead, 987654, ("policy.txt", DOCUMENT)).status_code == 422


def test_a_batch_that_is_not_there_is_not_found(lead):
    assert lead.get("/policies/imports/nothing-of-the-kind").status_code == 404


TABLE = (
    "reference,title,version,position,treatment,opcs4,ratified_on,areas\n"
    "B1,Tidal knee lift,1,not_routinely_commissioned,Tidal knee lift,W40|Knee;W41,2020-04,Northfield; Southfield\n"
    "B1,Tidal knee lift,1,not_routinely_commissioned,Tidal knee drop,,,\n"
    "B2,Solar elbow,3,criteria_based,Solar elbow,sweating,,\n"
)


def test_a_table_of_records_makes_a_draft_of_each_good_one(app, lead, central_east):
    [row] = worked(app, batch_of(hand_in(lead, central_east, ("many.csv", TABLE.encode()))))
    assert row.state == "read"
    assert "1 of 2 records became drafts." in row.words
    assert "Record 2: “sweating” is not a procedure code" in row.words
    with app.app_context():
        record = record_of(versions_whole([row.version_id])[0])
    assert [one.treatment for one in record.statements] == ["Tidal knee lift", "Tidal knee drop"]
    assert [one.code for one in record.statements[0].codes.opcs4] == ["W40", "W41"]
    assert (record.ratified_on, record.areas) == ("2020-04", ["Northfield", "Southfield"])


def test_records_in_yaml_make_drafts_and_publish_nothing(app, lead, central_east):
    text = "---\nreference: Y1\ntitle: Tidal wrist\nversion: '1'\nposition: criteria_based\n---\ntitle: 7\n"
    [row] = worked(app, batch_of(hand_in(lead, central_east, ("many.yaml", text.encode()))))
    assert "1 of 2 records became drafts." in row.words
    with app.app_context():
        assert versions_whole([row.version_id])[0].state == "draft"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", b"a: &x [1]\nb: *x\n", "refers to parts of itself"),
        ("a.yaml", b"a: [1\n", "no YAML that can be read"),
        ("a.yaml", b"[" * 5000, "nested more deeply"),
        ("a.yaml", b'scope: "a\\ud800b"', "This is no YAML that can be read, line 1."),
        ("a.csv", b"wrong,title\n1,2\n", "columns are not known: wrong"),
        ("a.csv", b"title\n1,2\n", "more or fewer cells"),
        ("a.csv", b"\xff\xfe\x00", "not in UTF-8"),
    ],
)
def test_a_file_of_records_that_cannot_be_read_says_why(app, lead, central_east, name, content, said):
    [row] = worked(app, batch_of(hand_in(lead, central_east, (name, content))))
    assert row.state == "failed"
    assert said in row.words


def test_a_single_file_that_takes_long_waits_for_the_worker(app, lead, central_east, monkeypatch):
    monkeypatch.setattr(importing, "RECORDS_A_TIME", 1)
    text = "title,version\nTidal wrist,1\nTidal wrist,2\n"
    batch = batch_of(hand_in(lead, central_east, ("many.csv", text.encode())))
    assert [row.state for row in rows(app, batch)] == ["waiting"]
    [long] = rows(app, batch_of(hand_in(lead, central_east, ("long.txt", DOCUMENT + b"\nMore words.\n" * 3_000))))
    assert long.state == "waiting"
    [row] = worked(app, batch)
    assert (row.state, row.words) == ("read", "2 of 2 records became drafts.")
    [again] = worked(app, batch_of(hand_in(lead, central_east, ("many.csv", text.encode()))))
    assert again.words.startswith("0 of 2 records became drafts. 2 were on record already.")


ODD = r"""
---
title: A
version: '1'
"bad\0key": 1
---
title: A
version: '1'
scope: "a\0b"
---
commissioner: {slug: "a\0", name: x}
title: A
version: '1'
---
title: A
version: '1'
reference: RRR
---
title: A
version: '1'
areas: [AAA]
---
title: A
version: '1'
effective_from: 1750-01-01
---
title: A
version: '1'
scope: !!binary AGI=
""".replace("RRR", "r" * 20_000).replace("AAA", "a" * 20_000)


def test_what_cannot_be_kept_of_a_record_is_said_in_a_sentence(app, lead, central_east):
    [row] = worked(app, batch_of(hand_in(lead, central_east, ("odd.yaml", ODD.encode()))))
    assert row.words.split("\n") == [
        "0 of 7 records became drafts.",
        "Record 1: A name in the record: it holds a character that no text has (number 0). Take it out",
        "Record 2: scope: it holds a character that no text has (number 0). Take it out",
        "Record 3: commissioner > slug: it holds a character that no text has (number 0). Take it out",
        "Record 4: reference: it is longer than 100 characters. Shorten it",
        "Record 5: areas > 1: it is longer than 200 characters. Shorten it",
        "Record 6: policy > effective_from: give a day between 1900 and 2199",
        "Record 7: scope: it is neither a text nor a list of them",
    ]


def test_a_record_of_another_commissioner_makes_no_draft(app, lead, central_east):
    text = "commissioner: {slug: elsewhere, name: Elsewhere}\nreference: Y1\ntitle: T\nversion: '1'\nposition: unknown\n"
    [row] = worked(app, batch_of(hand_in(lead, central_east, ("one.yaml", text.encode()))))
    assert "the record is of elsewhere" in row.words
    with app.app_context(), transaction(writes=False):
        assert organisation_named("elsewhere") is None
