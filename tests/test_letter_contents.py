"""What each kind of letter says beyond its decision: conditions, questions, deadlines, contacts, findings."""

import re

import pytest

from tests.letters import FULL, SPARSE, Outline, html_of, profile, text_of
from tests.letters import printing as printing


class TestALetterThatFunds:
    FUNDED = {**FULL, "decision": "The panel decided to fund laser foraminoplasty.", "challenge": []}

    def test_says_how_much_under_which_conditions_and_until_when(self) -> None:
        blocks = Outline(html_of("decision_funded", self.FUNDED)).blocks
        text = "\n".join(text for _, text in blocks)
        assert "Up to this amount: £6,400.00" in text
        assert "The treatment must start by 21 November 2027." in text
        assert [("li", condition) in blocks for condition in FULL["conditions"]] == [True, True]
        assert text.index("If you disagree with a condition") > text.index(FULL["in_the_round"])

    def test_numbers_its_conditions(self) -> None:
        html = html_of("decision_funded", self.FUNDED)
        assert re.search(r"<h2>The conditions</h2>\s*<ol>\s*<li>A report on walking distance", html)

    def test_promises_no_expiry_where_no_last_day_was_set(self) -> None:
        text = text_of("decision_funded", {**self.FUNDED, "valid_until": None, "amount": None, "conditions": []})
        assert "No last day was set." in text
        assert "Up to" not in text and "The conditions" not in text

    def test_tells_the_patient_the_conditions_and_the_day(self) -> None:
        text = text_of("decision_funded_patient", self.FUNDED)
        for words in (self.FUNDED["decision"], "A report on walking distance", "21 November 2027", "PALS"):
            assert words in text

    def test_says_what_is_left_out_where_a_part_is_funded(self) -> None:
        facts = {**FULL, "decision": "The treatment is funded in part.", "not_funded_part": "The last six months."}
        for name in ("decision_funded_in_part", "decision_funded_in_part_patient"):
            text = text_of(name, facts)
            for words in ("The last six months.", "The last day to appeal is 8 January 2027.", "21 November 2027"):
                assert words in text
        assert "It is funded except for the part that is named below" in text_of("decision_funded_in_part", facts)


class TestADecisionOfAPanel:
    def test_answers_what_a_review_panel_directed(self) -> None:
        facts = {**FULL, "directions": [{"text": "Read the late paper.", "answer": "It was read; it changes nothing."}]}
        text = text_of("decision_not_funded", facts)
        assert "Direction 1: Read the late paper." in text and "It was read; it changes nothing." in text

    def test_says_that_a_chair_took_it_alone_and_reports_it(self) -> None:
        text = text_of("decision_funded", {**FULL, "chairs_action": True})
        assert "Decided by the chair as an urgent decision (chair’s action) on 19 November 2026." in text
        assert "It is reported to the next meeting of the IFR panel." in text

    def test_shows_the_regard_had_to_equality(self) -> None:
        assert "No group is put at a disadvantage." in text_of(
            "decision_not_funded", {**FULL, "equality": "No group is put at a disadvantage."}
        )

    def test_leaves_out_criteria_that_were_not_reached_and_not_answered(self) -> None:
        facts = {**FULL, "criteria": [{"text": "Cost", "answer": "", "reasons": ""}]}
        assert "criteri" not in text_of("decision_not_funded", facts)


class TestALetterThatAsks:
    ASKED = {
        **SPARSE,
        "questions": [
            {"number": 1, "text": "When was the scan made?", "about": "Date of the scan"},
            {"number": 2, "text": "Which drugs were tried?", "about": ""},
        ],
        "reply_by_on": "2026-12-18",
    }

    @pytest.mark.parametrize("name", ["returned", "information_request"])
    def test_numbers_its_questions_and_says_by_when_and_that_the_clock_is_paused(self, name: str) -> None:
        html = html_of(name, self.ASKED)
        assert re.search(r"<ol>\s*<li>When was the scan made\?<br>This belongs to: Date of the scan</li>", html)
        text = Outline(html).text
        for words in (
            "Please reply by 18 December 2026.",
            "is paused until",
            "“Cannot be supplied, because …” is an answer",
        ):
            assert words in text

    def test_says_why_the_request_comes_back(self) -> None:
        assert "Two answers contradict one another." in text_of(
            "returned", {**self.ASKED, "because": "Two answers contradict one another."}
        )

    def test_warns_of_a_closure_with_its_day_or_the_days_that_are_left(self) -> None:
        facts = {**self.ASKED, "days": {"length": 10, "unit": "working_days"}}
        for name, words in (
            (
                "closure_warning",
                "within 10 working days of the day on which this letter was issued, the request may be closed.",
            ),
            (
                "closure_warning_patient",
                "in the 10 working days after the date of this letter, we may close the request.",
            ),
        ):
            assert words in text_of(name, facts)

    def test_says_how_a_closed_request_is_opened_again(self) -> None:
        text = text_of("closed_no_reply", {**self.ASKED, "decision": "It was closed.", "reasons": "Nobody replied."})
        for words in (
            "It was closed.",
            "Nobody replied.",
            "When was the scan made?",
            "How to have it opened again",
            "Send the answers",
        ):
            assert words in text
        assert "questions of the test" not in text


class TestTheOtherLetters:
    def test_an_acknowledgement_says_what_comes_next_and_what_is_outstanding(self) -> None:
        stretches = {"check": {"length": 5, "unit": "working_days"}, "decision": {"length": 40, "unit": "working_days"}}
        text = text_of("acknowledgement", {**FULL, **stretches, "declaration_outstanding": True})
        for words in (
            "on 1 September 2026",
            "urgent",
            "5 working days",
            "within 40 working days",
            "declaration is outstanding",
        ):
            assert words in text

    def test_a_letter_on_the_way_says_that_it_decides_nothing(self) -> None:
        facts = {
            **FULL,
            "happened": "The panel deferred the request",
            "status": "Deferred",
            "missing": "A scan by May.",
            "next": "We wait.",
        }
        text = text_of("progress", facts)
        for words in (
            "The panel deferred the request.",
            "It now stands at: Deferred",
            "A scan by May.",
            "We wait.",
            "not a decision",
        ):
            assert words in text

    @pytest.mark.parametrize("name", ["passed_on", "passed_on_patient"])
    def test_one_that_passes_a_request_on_names_the_body_its_contact_and_why(self, name: str) -> None:
        facts = {
            **SPARSE,
            "body": "NHS England",
            "contact": {"name": "Ms Bee Example", "telephone": "01632 960300", "email": "b@e.example"},
            "reasons": "It commissions this service.",
            "plain_reasons": "They pay for rare illnesses.",
            "accepted": {"by": "Mr Cee Example", "on": "2026-11-20"},
        }
        text = text_of(name, facts)
        for words in ("NHS England", "Ms Bee Example", "01632 960300", "b@e.example"):
            assert words in text
        assert ("They pay for rare illnesses." if name.endswith("_patient") else "It commissions this service.") in text

    def test_an_offer_to_another_body_says_why_and_what_is_asked_of_it(self) -> None:
        text = text_of(
            "handover_offered",
            {**FULL, "body": "NHS England", "evidence": "It lies in the manual.", "asked_by": "NHS Somewhere"},
        )
        for words in (
            "NHS Somewhere has received",
            "NHS England is responsible",
            "It lies in the manual.",
            "The request is urgent.",
        ):
            assert words in text

    def test_a_group_question_names_the_group_and_says_who_pays_meanwhile(self) -> None:
        facts = {
            **FULL,
            "group": {"name": "Adults with this fever", "numbers": "4 a year", "source": "registry"},
            "interim": {"funded": True, "because": "Waiting would harm."},
        }
        text = text_of("service_development", facts)
        for words in (
            "Adults with this fever",
            "How many: 4 a year (source: registry).",
            "is funded meanwhile",
            "Waiting would harm.",
        ):
            assert words in text
        assert "We will pay for your treatment until then." in text_of("service_development_patient", facts)

    @pytest.mark.parametrize("name", ["nothing_new", "nothing_new_patient"])
    def test_a_repeat_has_each_new_statement_answered(self, name: str) -> None:
        facts = {
            **FULL,
            "earlier": {"reference": "IFR-2025-0031", "decision": "Not funded in May 2025."},
            "statements": [{"text": "The pain is worse.", "answer": "Pain was weighed in 2025."}],
        }
        text = text_of(name, facts)
        for words in ("Not funded in May 2025.", "The pain is worse.", "Pain was weighed in 2025."):
            assert words in text

    def test_an_approval_under_the_policy_goes_through_its_criteria(self) -> None:
        text = text_of("prior_approval", {**FULL, "decision": "Approved under the policy."})
        for words in (
            "Approved under the policy.",
            "The criteria of the policy",
            "Clinical effectiveness",
            "Laser foraminoplasty",
        ):
            assert words in text

    def test_one_that_needs_no_approval_says_under_what_it_is_commissioned(self) -> None:
        text = text_of(
            "no_approval_needed",
            {**FULL, "commissioned": {"reference": "NICE TA999", "because": "All criteria are met."}},
        )
        assert "NICE TA999" in text and "All criteria are met." in text

    @pytest.mark.parametrize("name", ["funding_ended", "funding_ended_patient"])
    def test_an_ending_says_until_when_the_funding_runs_on(self, name: str) -> None:
        facts = {**FULL, "wind_down_on": "2027-01-31", "clinician_view": "We would rather go on."}
        assert "31 January 2027" in text_of(name, facts)
        assert "We would rather go on." in text_of("funding_ended", facts)


class TestAnAppeal:
    HEARD = {
        **FULL,
        "grounds": [
            {
                "text": "Evidence that was sent was not properly considered",
                "finding": "Not made out",
                "reasons": "It was read.",
            },
            {
                "text": "The published procedure was not followed",
                "finding": "Made out",
                "material": "Yes",
                "reasons": "A paper was not shown.",
            },
        ],
        "directions": [{"number": 1, "text": "Show the late paper to the panel.", "differently_constituted": True}],
        "challenge": ["complaint", "ombudsman"],
    }

    @pytest.mark.parametrize(
        "name", ["appeal_stands", "appeal_stands_patient", "appeal_sent_back", "appeal_sent_back_patient"]
    )
    def test_is_answered_ground_by_ground(self, name: str) -> None:
        text = text_of(name, self.HEARD)
        for words in ("Not made out", "It was read.", "Made out", "A paper was not shown."):
            assert words in text

    @pytest.mark.parametrize("name", ["appeal_stands", "appeal_stands_patient", "appeal_not_accepted"])
    def test_that_fails_leads_to_a_complaint_and_the_ombudsman_and_not_to_another_appeal(self, name: str) -> None:
        text = text_of(name, self.HEARD)
        assert "complain" in text and "0345 015 4033" in text
        assert "last day to appeal" not in text

    @pytest.mark.parametrize("name", ["appeal_sent_back", "appeal_sent_back_patient"])
    def test_that_is_sent_back_gives_the_directions(self, name: str) -> None:
        assert "Show the late paper to the panel." in text_of(name, self.HEARD)

    def test_that_is_not_clear_may_be_explained_in_the_appellants_own_words(self) -> None:
        text = text_of("appeal_clarification", {**SPARSE, "question": "Which paper do you mean?"})
        assert "Which paper do you mean?" in text and "in your own words" in text
        assert all(ground in text for ground in profile().appeals.grounds.values())
