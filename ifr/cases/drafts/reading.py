"""What is asked in a section, and what is wrong with an answer as it was typed, in sentences for whoever typed it."""

import re
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from ifr import profiles
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.db import db
from ifr.policies import codes
from ifr.policies.models import PolicyCode
from ifr.profiles import ExceptionalityTest, Question, Section

LONGEST_LINE, LONGEST_TEXT = 300, 20_000
YES_NO = {"yes": "Yes", "no": "No"}
# What a section shows as a list of rows of their own, not as an answer.
LISTS = frozenset({"factors", "files", "treatments"})
# How a page says beside a question that it has no answer, and how that reads afterwards.
UNKNOWN, CANNOT = "-unknown", "-cannot"
NOT_KNOWN, CANNOT_BE_SUPPLIED = "Not known", "Cannot be supplied, because: "
CODE_SYSTEMS = {"opcs4": codes.OPCS4, "icd10": codes.ICD10}
_LINES = frozenset({"line", "day", "money"})

_POLICY_CLAIM = Question(
    key="policy",
    label="Is that right?",
    kind="choice",
    options={
        "as_found": "Yes",
        "not_sure": "I am not sure: the funding office should say",
        "no_policy": "No: no policy covers this treatment for this condition",
    },
)
_POLICY_NOTE = Question(
    key="policy_note",
    label="Your own view",
    hint="If another policy applies, or the treatment differs from the one that the policy means, say how",
    kind="text",
)


def fields_of(section: Section, *, test: ExceptionalityTest | None, policy_named: bool) -> list[Question]:
    """The questions of a section as they are asked here: those of the exceptionality test written out, lists left out."""
    fields: list[Question] = []
    for question in section.questions:
        if question.kind == "test":
            fields += _of_the_test(test, question)
        elif question.kind == "policy":
            fields += [_POLICY_CLAIM, _POLICY_NOTE] if policy_named else [_POLICY_NOTE]
        elif question.kind == "comparator":
            fields += _comparison_group(test, question)
        elif question.kind not in LISTS:
            fields.append(question)
    return fields


def _of_the_test(test: ExceptionalityTest | None, asked: Question) -> list[Question]:
    if test is None:
        return []
    return [
        Question(
            key=f"test_{one.key}", label=f"Question {number}: {one.text}", kind="text", tier=asked.tier,
            may_be_unknown=asked.may_be_unknown,
        )
        for number, one in enumerate(test.questions, start=1)
    ]


def _comparison_group(test: ExceptionalityTest | None, question: Question) -> list[Question]:
    """Asked only where the test asks for one; the test says of whom it consists."""
    if test is None or not test.comparator.asked:
        return []
    hint = f"The test names: {test.comparator.words}" if test.comparator.words else question.hint
    return [question.model_copy(update={"hint": hint})]


def names_of(question: Question) -> list[str]:
    """The names of the boxes of one question."""
    beside = [question.key + UNKNOWN, question.key + CANNOT] if question.may_be_unknown else []
    return [question.key, *beside]


def applies(question: Question, answers: Mapping[str, str]) -> bool:
    """Whether a question is asked at all, as an earlier one was answered."""
    wanted = question.applies_when
    return wanted is None or answers.get(wanted.key, "") in wanted.answers


def says_it_has_none(question: Question, values: Mapping[str, str]) -> bool:
    """Whether "I do not know" or "cannot be supplied, because" was said of this question, which is an answer to it."""
    return question.may_be_unknown and bool(values.get(question.key + UNKNOWN) or values.get(question.key + CANNOT))


def words_of(question: Question, values: Mapping[str, str]) -> str:
    """What was said under a question, as everybody reads it afterwards."""
    if not says_it_has_none(question, values):
        return values.get(question.key, "")
    because = values.get(question.key + CANNOT, "")
    return f"{CANNOT_BE_SUPPLIED}{because}" if because else NOT_KNOWN


def fault_in(question: Question, values: Mapping[str, str]) -> str | None:
    """What keeps what was said under one question from being sent: the answer, or an answer and none at once."""
    typed = values.get(question.key, "")
    if not says_it_has_none(question, values):
        return fault_of(question, typed)
    if typed or (values.get(question.key + UNKNOWN) and values.get(question.key + CANNOT)):
        return f"“{question.label}” is answered and also said to have no answer. Keep one of them."
    return None


def fault_of(question: Question, typed: str) -> str | None:
    """What keeps an answer from being sent as it stands; None for a good one and for an empty one."""
    if not typed:
        return None
    return too_long(question, typed) or _FAULTS.get(_kind(question), _nothing)(question, typed)


def too_long(question: Question, typed: str) -> str | None:
    """A limit that holds for a draft too: what is longer belongs in a file."""
    limit = LONGEST_LINE if question.kind in _LINES else LONGEST_TEXT
    if len(typed) <= limit:
        return None
    return (
        f"“{question.label}” can hold {limit:,} characters, and this is {len(typed):,}. "
        "Shorten it, or send the rest as a file."
    )


def _kind(question: Question) -> str:
    return question.key if question.key in ("nhs_number", "born_on") else question.kind


def _nothing(question: Question, typed: str) -> None:
    return None


def _fault_of_choice(question: Question, typed: str) -> str | None:
    options = YES_NO if question.kind == "yes_no" else question.options
    return None if typed in options else f"Choose one of the answers to “{question.label}”."


def _fault_of_day(question: Question, typed: str) -> str | None:
    if identity.read_day(typed):
        return None
    return f"“{question.label}”: enter day, month and year, for example 3 12 2026."


def _fault_of_money(question: Question, typed: str) -> str | None:
    return None if amount_in(typed) is not None else f"“{question.label}”: enter an amount, for example 4,500 or 4500.00."


def _fault_of_codes(question: Question, typed: str) -> str | None:
    system = CODE_SYSTEMS[question.kind]
    for code in codes_in(system, typed):
        try:
            codes.normalise(system, code)
        except codes.CodeError as fault:
            return str(fault)
    return None


_FAULTS = {
    "choice": _fault_of_choice,
    "yes_no": _fault_of_choice,
    "day": _fault_of_day,
    "money": _fault_of_money,
    "opcs4": _fault_of_codes,
    "icd10": _fault_of_codes,
    "nhs_number": lambda question, typed: identity.fault_of_nhs_number(typed),
    "born_on": lambda question, typed: identity.fault_of_birth_date(typed),
}


def doubt_about(question: Question, typed: str) -> str | None:
    """What is worth a second look and keeps nobody from sending: codes that the policies know in the other system alone."""
    if question.kind not in CODE_SYSTEMS:
        return None
    system = CODE_SYSTEMS[question.kind]
    for code in good_codes(system, typed):
        query = select(PolicyCode.system).where(PolicyCode.normalised.in_(codes.within(code))).distinct()
        known = set(db.session.scalars(query))
        if known and system not in known:
            other = codes.NAMES[known.pop()]
            return (
                f"{codes.dotted(code)} stands here as a code of {codes.NAMES[system]}, but the policies know it only as "
                f"a code of {other}. Check that it is in the right box."
            )
    return None


def codes_in(system: str, typed: str) -> list[str]:
    """The codes of an answer, as typed: parted by commas, semicolons or lines, else by spaces."""
    found: list[str] = []
    for chunk in re.split(r"[,;\n]", typed):
        found += [chunk.strip()] if _is_code(system, chunk) else chunk.split()
    return [one for one in found if one]


def _is_code(system: str, text: str) -> bool:
    try:
        codes.normalise(system, text)
    except codes.CodeError:
        return False
    return True


def good_codes(system: str, typed: str) -> list[str]:
    """Those of them that can be compared with a policy's, in the form in which they are compared."""
    return [codes.normalise(system, one) for one in codes_in(system, typed) if _is_code(system, one)]


def amount_in(typed: str) -> Decimal | None:
    """An amount of pounds as people type it: £4,500 or 4500.50."""
    plain = re.sub(r"[£,\s]", "", typed)
    return Decimal(plain) if re.fullmatch(r"\d{1,9}(\.\d{1,2})?", plain, re.ASCII) else None


def one_line(typed: str, limit: int = 200) -> str:
    """A long answer as a list shows it."""
    line = " ".join(typed.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def required(case: Case, question: Question) -> bool:
    """Whether the request cannot be sent without this answer. An urgent request needs eight of them, and the basis."""
    return question.urgent if case.urgent else question.tier == "submit"


def asked_afterwards(case: Case, question: Question) -> bool:
    """Whether the office asks for this answer once the request is sent: it was not needed to send it, or haste left it out."""
    if required(case, question):
        return False
    return question.tier in ("submit", "screen") or question.applies_when is not None


def section_named(case: Case, key: str) -> profiles.Section | None:
    return case.questions.section(key)
