"""Codes are compared by what they mean and kept as they were typed."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifr.policies.codes import ICD10, OPCS4, CodeError, broader, covers, dotted, listed, normalise, within

# How long an example takes says nothing here, and no examples are kept between runs.
untimed = settings(deadline=None, database=None)
OPCS_LETTERS = [letter for letter in string.ascii_uppercase if letter != "I"]
procedures = st.builds(
    lambda letter, two, third: letter + two + third,
    st.sampled_from(OPCS_LETTERS),
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]?", fullmatch=True),
)
diagnoses = st.builds(
    lambda letter, two, rest: letter + two + rest,
    st.sampled_from(string.ascii_uppercase),
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{0,2}", fullmatch=True),
)
spaces = st.text(" \t\n\u00a0", max_size=3)


@untimed
@given(procedures, spaces, spaces, st.booleans())
def test_a_procedure_code_is_the_same_however_it_is_typed(code, before, after, small):
    typed = before + dotted(code) + after
    assert normalise(OPCS4, typed.lower() if small else typed) == normalise(OPCS4, code) == code


@untimed
@given(diagnoses, spaces, st.booleans())
def test_a_diagnosis_code_is_the_same_however_it_is_typed(code, around, small):
    typed = around + dotted(code) + around
    assert normalise(ICD10, typed.lower() if small else typed) == code


@untimed
@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_is_refused_in_a_sentence(text):
    for system in (OPCS4, ICD10):
        try:
            code = normalise(system, text)
        except CodeError as fault:
            assert str(fault).endswith(".")
            assert len(str(fault)) < 250
        else:
            assert normalise(system, code) == code
            assert code.isascii()


@untimed
@given(diagnoses, diagnoses)
def test_a_code_is_covered_by_itself_and_by_its_parents_alone(listed_code, asked):
    assert covers(listed_code, asked) == (listed_code in within(asked))


@pytest.mark.parametrize("typed", ["A75.2", "A752", "a75.2", " A75.2 ", "A75 .2", "Ａ７５.２"])
def test_the_ways_of_writing_one_procedure(typed):
    assert normalise(OPCS4, typed) == "A752"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("R61.0", "R610"),
        ("R610", "R610"),
        ("r61", "R61"),
        ("I10X", "I10"),
        ("M54.56", "M5456"),
        ("M51.1D", "M511"),
        ("G55.1*", "G551"),
        ("A17.0†", "A170"),
        ("R61.-", "R61"),
        ("R61-", "R61"),
    ],
)
def test_the_ways_of_writing_a_diagnosis(typed, code):
    assert normalise(ICD10, typed) == code


@pytest.mark.parametrize(
    "typed", ["I10", "A7", "A75.22", "75.2", "XYZ", "A75.2.1", "", "240012345", "A75.O", "A75,2", "é75"]
)
def test_what_has_not_the_shape_of_a_procedure_is_refused(typed):
    with pytest.raises(CodeError, match="is not a procedure code of OPCS-4"):
        normalise(OPCS4, typed)


@pytest.mark.parametrize("typed", ["R6", "R61.012", "61.0", "hyperhidrosis", "", "R61.0XX"])
def test_what_has_not_the_shape_of_a_diagnosis_is_refused(typed):
    with pytest.raises(CodeError, match="is not a diagnosis code of ICD-10"):
        normalise(ICD10, typed)


def test_a_code_of_the_other_system_is_named_as_such():
    with pytest.raises(CodeError, match="It has the shape of a code of ICD-10"):
        normalise(OPCS4, "I10")


def test_a_very_long_text_is_not_thrown_back_whole():
    with pytest.raises(CodeError) as fault:
        normalise(OPCS4, "x" * 100_000)
    assert len(str(fault.value)) < 250


def test_a_category_takes_in_its_children_and_no_neighbour():
    assert covers("V53", "V531")
    assert covers("V53", "V53")
    assert not covers("V53", "V541")
    assert not covers("A752", "A75")


def test_a_range_takes_in_everything_from_its_first_to_its_last_category():
    first, last = listed(ICD10, "C00-C97")
    assert (first, last) == ("C00", "C97")
    assert covers(first, "C50", last)
    assert covers(first, "C979", last)
    assert not covers(first, "D01", last)
    assert listed(ICD10, "C00 to C97") == ("C00", "C97")


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(CodeError, match="ends before it begins"):
        listed(ICD10, "C97-C00")


def test_a_parent_is_broader_than_what_is_listed():
    assert broader("A75", "A752")
    assert not broader("A752", "A752")
    assert not broader("A751", "A752")
