"""Every letter of every machine, from full facts and from the sparsest: its form, its words, and what a refusal must say."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from ifr import letters, pdf
from ifr.config import HOUSE
from ifr.telling import mails, passages
from tests.letters import FULL, SPARSE, Outline, a_row, blank, html_of, profile, text_of, workflow
from tests.letters import printing as printing
from tests.pages import faults_of

FOLDER = HOUSE / "templates" / "letters"
TEMPLATES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".html", ".txt"))
FORBIDDEN = ("unique", "upheld", "not exceptional", "cohort", "guard", "prove")
ADDRESS = "https://ifr.example/sign-in"

SAY = passages.sayer(
    passages.texts_of(None), {**mails.office_of(profile()), "reference": "IFR-2026-0001", "link": ADDRESS}
)

MACHINES = [workflow(name) for name in ("ifr", "reconsideration", "appeal")]
NAMES = sorted(name for machine in MACHINES for name in machine.letters)
FOR_PATIENTS = [name for name in NAMES if name.endswith("_patient")]
TO_APPELLANTS = ["appeal_acknowledgement", "appeal_clarification", "appeal_not_accepted"]


# Those who keep the policies, pay and are paid are told what follows; nobody is refused by what they are sent.
NO_REFUSAL = ("policy_lead", "provider", "finance")


def refusals() -> dict[str, str]:
    """The letters of the moves that end in a refusal, and the ending whose routes of challenge each offers."""
    found = {}
    for machine in MACHINES:
        for entry in machine.moves:
            issues = {machine.letters[name].then for name in entry.letters}
            ends = [entry.dest, *(one.dest for one in machine.moves if one.trigger in issues)]
            for dest in ends:
                if dest in machine.states and machine.states[dest].refusal:
                    refused = [name for name in entry.letters if machine.letters[name].to not in NO_REFUSAL]
                    found.update(dict.fromkeys(refused, dest))
    return found


REFUSALS = refusals()
REFUSED_PATIENTS = [name for name in FOR_PATIENTS if name in REFUSALS]
CAN_BE_APPEALED = sorted(name for name, dest in REFUSALS.items() if "appeal" in profile().challenge[dest])


class TestFolders:
    def test_there_is_one_for_each_letter_of_the_machines_and_no_other(self) -> None:
        there = {path.name for path in FOLDER.iterdir() if path.is_dir()} - {"_base"}
        assert there == set(NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_each_holds_a_letter_a_mail_and_its_subject(self, name: str) -> None:
        assert {path.name for path in (FOLDER / name).iterdir()} == {"letter.html", "email.txt", "subject.txt"}


@pytest.mark.parametrize("facts", [FULL, SPARSE, blank(FULL)], ids=["full", "sparse", "blank"])
@pytest.mark.parametrize("name", NAMES)
class TestEveryLetter:
    def test_reads_well_aloud(self, name: str, facts: dict[str, Any]) -> None:
        html = html_of(name, facts)
        read = Outline(html)
        assert faults_of(html) == []
        assert read.empty == []
        assert read.title == read.headings[0]
        levels = [int(tag[1]) for tag, _ in read.blocks if tag in ("h1", "h2", "h3")]
        assert all(below <= above + 1 for above, below in zip(levels, levels[1:], strict=False))

    def test_has_no_heading_without_words_under_it(self, name: str, facts: dict[str, Any]) -> None:
        blocks = Outline(html_of(name, facts)).blocks
        for (tag, text), (after, _) in zip(blocks, [*blocks[1:], ("h1", "")], strict=True):
            if tag in ("h1", "h2", "h3"):
                assert after not in ("h1", "h2", "h3") or after > tag, f"nothing stands under {text!r}"

    def test_says_nothing_of_what_is_not_known(self, name: str, facts: dict[str, Any]) -> None:
        text = text_of(name, facts)
        assert re.findall(r".*(?:\bNone\b|Undefined|\{\{|\{%|\[\]|\(\)| ,| \.(?:\s|$)|\.\.|, \.).*", text) == []

    def test_says_who_writes_when_about_what_and_whom_to_telephone(self, name: str, facts: dict[str, Any]) -> None:
        text = text_of(name, facts)
        for words in (
            "NHS Cheshire and Merseyside Integrated Care Board", "23 November 2026", "Reference: IFR-2026-0001",
            "Dear Dr Ann Example", "01632 960202", "Yours sincerely", "Demonstration only",
        ):
            assert words in text

    def test_has_a_mail_and_a_subject_that_tell_nobody_anything(self, name: str, facts: dict[str, Any]) -> None:
        row = a_row(name, facts)
        assert letters.subject_of(row, say=SAY) == "Individual funding request IFR-2026-0001: a letter is ready"
        mail = letters.email_of(row, say=SAY)
        assert "request IFR-2026-0001" in mail and "Telephone: 01632 960202" in mail
        for private in ("foraminoplasty", "leg pain", "fund ", "decided", "&", "{{"):
            assert private not in mail


class TestMails:
    def test_a_clinician_is_asked_to_sign_in_and_a_patient_who_cannot_is_not(self) -> None:
        asked = {name: ADDRESS in letters.email_of(a_row(name, SPARSE), say=SAY) for name in NAMES}
        assert asked["screening_refusal"] and asked["appeal_acknowledgement"]
        assert not any(asked[name] for name in [*FOR_PATIENTS, "handover_offered"])


class TestWords:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_no_template_uses_a_word_that_wrongs_a_patient(self, path: Path) -> None:
        words = re.sub(r"\{#.*?#\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.S).lower()
        assert [word for word in FORBIDDEN if re.search(rf"\b{word}", words)] == []

    @pytest.mark.parametrize("name", FOR_PATIENTS)
    def test_a_patient_is_never_measured_against_the_word_exceptional(self, name: str) -> None:
        assert "exceptional" not in text_of(name, FULL).lower()

    @pytest.mark.parametrize("name", [*FOR_PATIENTS, *TO_APPELLANTS])
    def test_a_child_of_ten_can_read_what_we_write_to_a_patient(self, name: str) -> None:
        blocks = [text for tag, text in Outline(html_of(name, SPARSE)).blocks if tag in ("p", "li")]
        letter = blocks[blocks.index("Dear Dr Ann Example") + 1 : blocks.index("Yours sincerely")]
        # The grounds of appeal are the commissioner's words.
        own = [text for text in letter if text not in profile().appeals.grounds.values()]
        assert reading_grade(" ".join(own)) < 5

    def test_a_sentence_from_a_policy_would_be_too_hard_for_that_child(self) -> None:
        assert reading_grade("The clinician must demonstrate exceptional clinical circumstances to the committee.") > 10


def reading_grade(text: str) -> float:
    """The years of school that it takes to read a text, as Flesch and Kincaid reckon them: five at the age of ten."""
    # Numbers, addresses and names of bodies are not ours to simplify.
    text = re.sub(r"\S*\d\S*|www\S+|Parliamentary and Health Service|Patient Advice and Liaison Service", "it", text)
    sentences = [one for one in re.split(r"[.!?:]+(?:\s|$)", text) if one.strip()]
    words = re.findall(r"[A-Za-z’']+", text)
    # A silent e at the end is no syllable.
    syllables = sum(max(1, len(re.findall("[aeiouy]+", re.sub("(?<=[^l])e[sd]?$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


class TestARefusal:
    def test_is_sent_to_somebody_on_the_patients_side(self) -> None:
        assert {"screening_refusal_patient", "appeal_not_accepted", "reconsideration_refused_patient"} <= set(REFUSALS)

    @pytest.mark.parametrize("name", sorted(REFUSALS))
    def test_offers_every_route_of_its_ending_even_when_its_facts_name_none(self, name: str) -> None:
        headings = " ".join(Outline(html_of(name, SPARSE)).headings[1:]).lower()
        words = {
            "reconsideration": "something new", "appeal": "appeal", "complaint": "complain", "ombudsman": "ombudsman",
            "other_body": "body",
        }
        assert [route for route in profile().challenge[REFUSALS[name]] if words[route] not in headings] == []

    @pytest.mark.parametrize("name", CAN_BE_APPEALED)
    def test_prints_the_last_day_to_appeal_how_it_is_counted_and_the_grounds(self, name: str) -> None:
        text = text_of(name, FULL)
        assert "The last day to appeal is 8 January 2027." in text
        assert "30 working days" in text
        for ground in profile().appeals.grounds.values():
            assert ground in text

    def test_says_how_long_there_is_where_no_last_day_is_known(self) -> None:
        office = text_of("screening_refusal", FULL, last_day=None)
        patient = text_of("screening_refusal_patient", FULL, last_day=None)
        assert "within 30 working days of the day on which this letter was issued" in office
        assert "You have 30 working days from the date of this letter. We do not count weekends" in patient

    def test_counts_a_window_of_months_with_its_weekends(self) -> None:
        facts = {**FULL, "window": {"length": 1, "unit": "months"}}
        assert "That is 1 month counted from the day" in text_of("screening_refusal", facts)
        assert "weekends" not in text_of("screening_refusal_patient", facts)

    @pytest.mark.parametrize("name", ["screening_refusal", "decision_not_funded", "service_development", "nothing_new"])
    def test_gives_the_clinician_the_whole_record(self, name: str) -> None:
        text = text_of(name, FULL)
        for words in (
            FULL["decision"], "laser foraminoplasty, for leg pain after a failed discectomy", FULL["reasons"],
            "Laser foraminoplasty (CMICB_Clin018), version 1", "the clinician must make a robust case to the Panel",
            "Source: CMICB_Clin018 version 1, appendix 1", "the other patients whom the policy excludes",
            "Question 1: Why are the circumstances different?", "Scar tissue is common.",
            "Answer: Not reached", "The first answer decides the request.",
            "Point 2: Cares for a child", "Not taken into account, under this clause: Section 4.2, social factors",
            "It has no clinical consequence.", "Clinical effectiveness", "Two small series.", FULL["in_the_round"],
            FULL["would_change"], "Decided by the IFR panel on 19 November 2026", "Dr Ruth Example", "Chair of the IFR panel",
        ):
            assert words in text

    @pytest.mark.parametrize("name", REFUSED_PATIENTS)
    def test_tells_the_patient_the_same_decision_and_the_plain_reasons_first(self, name: str) -> None:
        text = text_of(name, FULL)
        assert text.index(FULL["decision"]) < text.index(FULL["plain_reasons"])
        assert FULL["reasons"] not in text
        later = ("What you can do", "PALS", "large print", "another language")
        assert all(text.index(FULL["plain_reasons"]) < text.index(words) for words in later)

    def test_encloses_all_reasons_for_the_patient_after_the_letter(self) -> None:
        text = text_of("screening_refusal_patient", FULL)
        enclosed = text[text.index("Yours sincerely") :]
        for words in (
            "Scar tissue is common.", "Our answer: Not reached.", "Our rule says: Section 4.2, social factors.",
            FULL["in_the_round"],
        ):
            assert words in enclosed
        assert "robust case" not in text and "CMICB" not in text

    def test_gives_the_reasons_to_a_patient_for_whom_nobody_wrote_plain_ones(self) -> None:
        assert FULL["reasons"] in text_of("decision_not_funded_patient", {**FULL, "plain_reasons": ""})

    def test_says_that_no_policy_covers_the_treatment(self) -> None:
        facts = {**FULL, "policy": None, "no_policy": True}
        body = "NHS Cheshire and Merseyside Integrated Care Board"
        assert f"No policy of {body} covers this treatment" in text_of("decision_not_funded", facts)
        assert "We have no rule for this treatment." in text_of("decision_not_funded_patient", facts)

    def test_says_when_the_test_is_an_example_and_not_published(self) -> None:
        facts = {**FULL, "test": {**FULL["test"], "example": True, "source": "example, not any commissioner's policy"}}
        text = text_of("screening_refusal", facts)
        assert "This is an example. It is not a published test of NHS Cheshire and Merseyside" in text
        assert "Source:" not in text

    def test_lets_the_patient_appeal_only_where_the_commissioner_does(self) -> None:
        only_clinicians = profile().appeals.model_copy(update={"lodged_by": ["clinician"]})
        strict = profile().model_copy(update={"appeals": only_clinicians})
        assert "You can appeal, or your clinician can do it for you." in text_of("decision_not_funded_patient", FULL)
        text = text_of("decision_not_funded_patient", FULL, by=strict)
        assert "Your clinician can appeal for you." in text and "You can appeal, or" not in text
        assert "The patient, or somebody who acts" not in text_of("decision_not_funded", FULL, by=strict)


class TestTypedText:
    def test_is_shown_as_typed_and_never_run(self) -> None:
        typed = "<b>5 < 6</b> {{ 7 * 7 }}"
        facts = {**FULL, "reasons": typed, "treatment": typed, "would_change": typed}
        for name in ("screening_refusal", "decision_funded", "withdrawn"):
            html = html_of(name, facts)
            assert "<b>5" not in html and "&lt;b&gt;5 &lt; 6&lt;/b&gt; {{ 7 * 7 }}" in html

    def test_keeps_its_paragraphs(self) -> None:
        assert "<p>First.</p>\n<p>Second.</p>" in html_of("screening_refusal", {**FULL, "reasons": "First.\n\nSecond."})


class TestLanguage:
    def test_is_english_for_all_and_welsh_is_offered_to_those_who_speak_it(self) -> None:
        html = html_of("screening_refusal_patient", FULL, language="cy")
        assert '<html lang="en-GB">' in html
        assert '<p lang="cy">Gofynnwch i ni am y llythyr hwn yn Gymraeg: 01632 960202.</p>' in html
        assert "Gymraeg" not in html_of("screening_refusal_patient", FULL)


class TestAsAFile:
    @pytest.mark.parametrize("name", ["screening_refusal", "screening_refusal_patient", "decision_funded", "appeal_stands"])
    def test_a_letter_can_be_printed_and_read_back(self, name: str) -> None:
        html = html_of(name, FULL)
        assert pdf.missing_characters(html) == []
        made = pdf.render(html, title=Outline(html).title, identifier=name)
        words = " ".join(pdf.text_of(made).split())
        assert [text for text in Outline(html).headings if text not in words] == []
        assert FULL["decision"] in words and "Page 1 of" in words
        assert PdfReader(BytesIO(made)).root_object["/MarkInfo"]["/Marked"].value is True
