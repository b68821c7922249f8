"""What differs between two versions, and whether the later one is more generous."""

import pytest

from ifr.demo import accounts
from ifr.policies import records, services
from ifr.policies.comparing import Piece, differences, generosity, word_changes
from tests.journeys.registering import in_force_already


def made(**facts):
    return records.read(
        {
            "record": "policy",
            "commissioner": {"slug": "a-body", "name": "A body"},
            "reference": "P1",
            "title": "Laser removal of tattoos",
            "version": "1",
            "position": "criteria_based",
            **facts,
        }
    )


def statement(*, criteria=(), codes=("S09.1",), position="criteria_based"):
    return {
        "treatment": "laser removal of tattoos",
        "position": position,
        "codes": {"opcs4": [{"code": one} for one in codes]},
        "criteria": [{"label": label, "words": words} for label, words in criteria],
    }


def fields(older, newer):
    return {one.name: one for one in differences(older, newer)}


def test_two_equal_records_differ_in_nothing():
    assert differences(made(scope="Adults."), made(scope="Adults.")) == []


def test_a_text_is_compared_word_by_word():
    found = fields(made(scope="Adults with pain for six months."), made(scope="Adults with pain for nine months."))
    assert list(found) == ["scope"]
    assert found["scope"].pieces == (
        Piece("same", "Adults with pain for"),
        Piece("removed", "six"),
        Piece("added", "nine"),
        Piece("same", "months."),
    )


def test_what_is_stated_for_the_first_time_had_no_words_before():
    found = fields(made(), made(transition="Who was offered it before may have it."))["transition"]
    assert found.older is None
    assert found.pieces == (Piece("added", "Who was offered it before may have it."),)


def test_lists_say_what_was_added_and_what_was_removed():
    older = made(statements=[statement(codes=["S09.1", "S09.2"])], areas=["Luton", "Bedford"])
    newer = made(statements=[statement(codes=["S09.2", "S10.1"])], areas=["Luton", {"name": "Bedford", "mechanism": "monitored"}])
    found = fields(older, newer)
    assert set(found) == {"codes", "areas"}
    assert found["codes"].removed == ("S09.1: laser removal of tattoos",)
    assert found["codes"].added == ("S10.1: laser removal of tattoos",)
    assert found["areas"].removed == ("Bedford",)
    assert "Treated without asking" in found["areas"].added[0]


def test_a_month_and_its_first_day_are_not_the_same_print():
    found = fields(made(ratified_on="2020-04"), made(ratified_on="2020-04-01"))
    assert (found["ratified_on"].older, found["ratified_on"].newer) == ("2020-04", "1 April 2020")


def test_a_mechanism_is_told_in_words_and_a_title_is_left_as_it_is():
    found = fields(made(mechanism="none", title="none"), made(mechanism="prior_approval", title="monitored"))
    assert found["mechanism"].newer == "Approval is asked before treatment"
    assert (found["title"].older, found["title"].newer) == ("none", "monitored")


def test_what_stands_under_a_heading_is_compared_with_the_same_heading():
    found = differences(made(impacts={"Equality": "None."}), made(impacts={"Equality": "Some."}))
    assert [one.heading for one in found] == ["Impact: Equality"]


def test_words_put_in_and_taken_out_give_both_texts_again():
    pieces = word_changes("a b c d", "a x c")
    assert " ".join(one.words for one in pieces if one.kind != "added") == "a b c d"
    assert " ".join(one.words for one in pieces if one.kind != "removed") == "a x c"


@pytest.mark.parametrize(
    ("older", "newer", "said"),
    [
        ("not_routinely_commissioned", "criteria_based", "more"),
        ("criteria_based", "routinely_commissioned", "more"),
        ("routinely_commissioned", "not_routinely_commissioned", "less"),
        ("criteria_based", "criteria_based", "same"),
        ("unknown", "criteria_based", "cannot be told"),
        ("criteria_based", "unknown", "cannot be told"),
    ],
)
def test_generosity_goes_by_position(older, newer, said):
    assert generosity(made(position=older), made(position=newer)) == said


def test_one_position_with_other_criteria_cannot_be_told():
    older = made(statements=[statement(criteria=[("a", "Six months of pain.")])])
    newer = made(statements=[statement(criteria=[("a", "Nine months of pain.")])])
    assert generosity(older, newer) == "cannot be told"


def test_another_rationale_changes_nothing_about_who_is_treated():
    assert generosity(made(rationale="It is dear."), made(rationale="It is dear and new.")) == "same"


def test_a_version_is_compared_with_the_one_it_takes_the_place_of(app):
    """The one is loaded as the predecessor of the other, and whole all the same."""
    with app.app_context():
        changed = {"scope": "Tattoos on the hands.", "replaces": [{"policy": "DEMO-TATTOO", "version": "1"}]}
        first = in_force_already(effective_from="2024-01-01")
        second = in_force_already(version="2", effective_from="2027-01-01", **changed)
        found = services.compare_versions(first, second, user=accounts.user("carol_office"))
        assert "Scope" in {one.heading for one in found.fields}
