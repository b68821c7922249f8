"""The pages of the comparison group and of the remarks: everything without JavaScript, everything typed kept."""

import re

from ifr.cases.distinct.group import steps_of
from ifr.cases.services import answers_of
from tests.cases.drafting import in_draft, section, seen_on

STEP = {"once": "one", "kind": "policy", "part": "not_funded", "size_kind": "number", "low": "1,200", "per": "england",
        "source": "Registry"}  # fmt: skip


def post_step(clinician, key, follow=True, **said):
    path = f"/requests/{key}/group"
    seen = seen_on(clinician.get(path))
    data = {"once": said.get("kind", "x"), "size_kind": "unknown", "per": "commissioner", "seen": seen, **said}
    return clinician.post(f"{path}/steps/new", data=data, follow_redirects=follow)


def test_the_group_is_built_page_by_page_with_its_picture_and_its_table(app, draft, clinician):
    start = clinician.get(f"/requests/{draft}/group")
    assert "the other patients excluded by the policy" in start.text and "Begin with the policy" in start.text
    assert "distinct from all the other patients" in start.text and "Source: CMICB_Clin018" in start.text
    form = clinician.get(f"/requests/{draft}/group/steps/new")
    assert "not commissioned as a matter of routine" in form.text and "In my own words" in form.text
    page = post_step(clinician, draft, **STEP)
    page = post_step(clinician, draft, kind="condition", words="Disc prolapse", size_kind="range", low="300", high="400",
                     per="england", source="Audit")  # fmt: skip
    assert 'role="img"' in page.text and "<title" in page.text and "<svg" in page.text
    assert "1,200 patients a year in England" in page.text and "300 to 400 patients a year in England" in page.text
    assert "Narrow" not in page.text and "Add a step: stage" in page.text
    section_page = clinician.get(section(draft, "difference"))
    assert 'role="img"' in section_page.text and "Save and change the comparison group" in section_page.text
    assert not re.search(r"<textarea[^>]*name=\"comparator\"", section_page.text)
    step = in_draft(app, draft, lambda case: steps_of(case)[1].id)
    changed = clinician.get(f"/requests/{draft}/group/steps/{step}")
    assert "Disc prolapse" in changed.text and 'value="300"' in changed.text
    assert clinician.post(f"/requests/{draft}/group/steps/{step}/remove").status_code == 302
    assert len(in_draft(app, draft, steps_of)) == 1


def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(app, draft, clinician):
    answer = post_step(clinician, draft, kind="stage", words="A stage \x00 that is typed", size_kind="number", low="many")
    assert answer.status_code == 422 and "A stage  that is typed" in answer.text and 'value="many"' in answer.text
    stale = clinician.post(f"/requests/{draft}/group/steps/new", data={
        "once": "x", "kind": "stage", "words": "Typed here", "size_kind": "unknown", "per": "commissioner", "seen": "99",
    })  # fmt: skip
    assert stale.status_code == 409 and "Typed here" in stale.text and "A colleague has saved" in stale.text
    assert clinician.post(f"/requests/{draft}/group/steps/new", data={}).status_code == 422
    assert clinician.post(f"/requests/{draft}/group/steps/new", data={"kind": "x" * 5000, "low": "9" * 400}).status_code == 422
    assert clinician.get(f"/requests/{draft}/group/steps/999999").status_code == 404
    assert in_draft(app, draft, steps_of) == []


def test_the_difference_is_stated_beneath_the_group_and_is_the_answer_to_the_tests_question(app, draft, clinician):
    path = f"/requests/{draft}/group"
    seen = seen_on(clinician.get(path))
    said = {"difference": "The scar closes the usual way in.", "seen": seen}
    assert clinician.post(path, data=said).status_code == 302
    assert in_draft(app, draft, answers_of)["test_distinct"] == said["difference"]
    again = clinician.post(path, data={"difference": "Another one", "seen": seen})
    assert again.status_code == 409 and "Another one" in again.text
    too_long = clinician.post(path, data={"difference": "x" * 20_001, "seen": seen_on(clinician.get(path))})
    assert too_long.status_code == 422


def test_remarks_are_read_answered_and_show_their_answer(app, draft, clinician):
    page = clinician.get(f"/requests/{draft}/remarks")
    assert "Caring for others is mentioned" in page.text and "“only carer”" in page.text and "Why we say so" in page.text
    assert "weigh it" in page.text
    key = re.search(r'name="remark" value="(caring:point-\d+)"', page.text)[1]
    empty = clinician.post(f"/requests/{draft}/remarks", data={"remark": key, "seen": "0", "answer": " "})
    assert empty.status_code == 422 and "Write an answer" in empty.text
    done = clinician.post(f"/requests/{draft}/remarks", data={"remark": key, "seen": "0", "answer": "Neither."},
                          follow_redirects=True)  # fmt: skip
    assert "The answer was kept" in done.text and "Neither." in done.text
    late = clinician.post(f"/requests/{draft}/remarks", data={"remark": key, "seen": "0", "answer": "Family life."})
    assert late.status_code == 409 and "Family life." in late.text and "Neither." in late.text
    assert clinician.post(f"/requests/{draft}/remarks", data={"remark": "x\x00y" * 99}).status_code == 404
    beside = clinician.get(section(draft, "difference"))
    assert "Remarks on this page" in beside.text and "(answered)" in beside.text


def test_a_point_says_how_common_it_is(app, draft, clinician):
    said = {"once": "p", "what": "A rib", "kind": "clinical", "common_kind": "estimate", "common_share": "5 to 10%"}
    path = f"/requests/{draft}/points/new"
    assert clinician.post(path, data={**said, "common_share": "lots"}).status_code == 422
    assert clinician.post(path, data={**said, "common_kind": "known", "common_share": ""}).status_code == 422
    assert clinician.post(path, data=said).status_code == 302
    assert "Estimate: 5% to 10%" in clinician.get(f"/requests/{draft}/review").text


def test_nobody_else_sees_the_group_or_the_remarks(client, draft, sign_in):
    for person in ("dev_skin", "carol_office", "helen_chairs"):
        sign_in(client, person)
        assert client.get(f"/requests/{draft}/group").status_code in (403, 404), person
        assert client.get(f"/requests/{draft}/remarks").status_code in (403, 404), person
        assert client.post(f"/requests/{draft}/group/steps/new", data=STEP).status_code in (403, 404), person


def test_no_page_asks_anyone_to_show_that_nobody_is_alike(draft, clinician):
    for path in ("group", "remarks", "group/steps/new?kind=other", "sections/difference"):
        text = clinician.get(f"/requests/{draft}/{path}").text.casefold()
        assert not re.search(r"\bunique|\bprove\b|not exceptional|cohort", text), path
