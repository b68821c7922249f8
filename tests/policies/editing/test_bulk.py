"""Files of records: what they hold, and where one would lose something without a word."""

import pytest

from ifr.people.models import Organisation
from ifr.policies.editing import bulk
from ifr.policies.editing.proposing import names_route

OWNER = Organisation(slug="here", name="Here", ods_code="QXX")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "title,title,version\nA,B,1\n", "Line 1: the column title stands there twice."),
        (
            "a.csv",
            "title,version,scope,treatment\nA,1,a,t\n\nA,1,b,u\n",
            "Line 4, column scope: it says something else than line 2, which is of the same record.",
        ),
        ("a.csv", "title,version,position,treatment\nA,1,unknown,t\nA,1,criteria_based,u\n", "column statement_position"),
        ("a.csv", "title,version,opcs4\nA,1,W84\n", "Line 2, column opcs4: it says something of a treatment"),
        ("a.csv", "title,version,\nA,1,lost\n", "Line 2: a cell stands in a column without a name."),
        ("a.csv", "title\n" + "\n".join(map(str, range(bulk.MOST_RECORDS + 1))), "more than 2,000 records"),
        ("a.yaml", "title: A\ntitle: B\n", "The name title stands twice in one record, line 2."),
        ("a.yaml", "- {a: 1}\n" * (bulk.MOST_RECORDS + 1), "more than 2,000 records"),
        ("a.yaml", "a: [" + "b, " * 200_000 + "]", "more names and values than can be read at once"),
        ("a.yaml", "a: " + "[" * 5_000, "nested more deeply than any record, line 1"),
        ("a.yaml", "a" * (bulk.MOST_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_a_file_that_would_lose_something_or_is_too_much_is_refused(name, text, said):
    with pytest.raises(bulk.BulkError) as fault:
        bulk.records_in(name, text.encode(), OWNER)
    assert said in str(fault.value)


def test_parts_of_many_records_are_not_counted_as_records():
    text = "---\ntitle: A\nreview: {day: 2026}\nsource: {file: a, sha256: b}\n" * 1_500
    assert len(bulk.records_in("a.yaml", text.encode(), OWNER)) == 1_500


def test_a_further_row_may_repeat_the_whole_or_leave_it_empty():
    text = "title,version,scope,position,treatment\nA,1,a,criteria_based,t\nA,1,,,u\nA,1,a,criteria_based,v\n"
    [record] = bulk.records_in("a.csv", text.encode(), OWNER)
    assert record["scope"] == "a"
    assert [(one["treatment"], one["position"]) for one in record["statements"]] == [
        ("t", "criteria_based"), ("u", "criteria_based"), ("v", "criteria_based"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("No IFR, never an individual funding request", False),
        ("Individual funding requests will not be considered.", False),
        ("A clinician may submit an individual funding request.", True),
        ("Where a patient does not meet these criteria, an IFR may be submitted.", True),
        ("There are no exceptions.", False),
    ],
)
def test_a_route_that_is_denied_is_not_named(words, named):
    assert names_route(words) is named
