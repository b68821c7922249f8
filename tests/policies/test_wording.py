"""Two ways of naming a treatment are compared as plainly as a careful reader would."""

import pytest

from ifr.policies.wording import Likeness, compare, forms, main_word

LASER = forms("endoscopic laser foraminoplasty")[0]


def likeness(asked, known=LASER, **how):
    return compare(forms(asked), known, **how)


@pytest.mark.parametrize(
    "asked",
    [
        "endoscopic laser foraminoplasty",
        "Endoscopic Laser Foraminoplasty",
        "laser foraminoplasty, endoscopic",
        "endoscopic laser foraminoplasties",
        "endoscopic laser-foraminoplasty",
        "endoscopic laser foramino-plasty",
        "endoscopic laser foramino\u2011plasty",
        "Endoscopic laser foraminoplasty of the lumbar spine (L4/5)",
        "  endoscopic\nlaser   foraminoplasty ",
    ],
)
def test_capitals_hyphens_plurals_and_order_make_no_difference(asked):
    assert likeness(asked) is Likeness.SAME


@pytest.mark.parametrize("asked", ["laser foraminoplasty", "foraminoplasty", "endoscopic foraminoplasty"])
def test_fewer_words_with_the_main_one_among_them_are_looser(asked):
    assert likeness(asked) is Likeness.LOOSER


@pytest.mark.parametrize(
    "asked",
    [
        "facet joint injection",
        "laser",
        "endoscopic",
        "endoscopic laser discectomy",
        "",
        "n/a",
        "non-laser endoscopic foraminotomy",
    ],
)
def test_other_words_are_not_stretched(asked):
    assert likeness(asked) is Likeness.NONE


def test_a_word_that_is_denied_does_not_count():
    assert likeness("endoscopic non-laser foraminoplasty") is not Likeness.SAME
    assert likeness("endoscopic foraminoplasty without laser") is not Likeness.SAME


def test_an_abbreviation_is_known_with_and_without_its_dots():
    ets = forms("ETS")[0]
    assert likeness("ets", ets) is Likeness.SAME
    assert likeness("E.T.S.", ets) is Likeness.SAME
    assert likeness("bilateral ETS for sweating", ets) is Likeness.SAME
    assert likeness("bets", ets) is Likeness.NONE


def test_the_label_of_a_code_needs_every_one_of_its_words():
    label = forms("Excision of thoracic sympathetic nerve")[0]
    assert likeness("excision of the thoracic sympathetic nerve", label, whole=True) is Likeness.SAME
    assert likeness("excision of nerve", label, whole=True) is Likeness.NONE


def test_a_phrase_is_looked_up_by_its_last_word():
    assert main_word(LASER) == "foraminoplasty"
