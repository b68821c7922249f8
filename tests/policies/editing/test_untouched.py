"""A record that is put into the form of a draft and comes back untouched is the same record."""

from datetime import date
from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FieldList, FormField

from ifr.policies import records
from ifr.policies.editing.record_form import RecordForm, record_typed, typed_from
from ifr.policies.editing.sound import sound

BARE = Flask(__name__)
TRICKY = st.text(st.sampled_from("a bc|\\\n \t:.(1)é,;-–>"), max_size=30)
WORDS = st.one_of(TRICKY, st.text(max_size=20)).map(lambda text: "x" + "".join(c for c in text if c.isprintable() or c in "\n\t"))
SAID = st.none() | WORDS
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
PRINTED = st.none() | DAYS | st.sampled_from(["2020", "1901", "1999-01", "2126-12"])
POSITIONS = st.sampled_from(["routinely_commissioned", "criteria_based", "not_routinely_commissioned", "unknown"])
MECHANISMS = st.sampled_from([None, "none", "monitored", "prior_approval"])
AGES = st.none() | st.integers(0, 130)


def one_line(phrase: dict[str, Any]) -> str:
    return " ".join(phrase["words"].split())


def code(*which: str) -> st.SearchStrategy[Any]:
    roles = st.sampled_from(["include", "exclude", "site"])
    return st.fixed_dictionaries(
        {
            "code": st.sampled_from(which), "label": SAID, "role": roles, "release": st.sampled_from([None, "4.9"]),
            "flag": SAID, "ours": st.booleans(),
        }
    )  # fmt: skip


STATEMENT = st.fixed_dictionaries(
    {
        "treatment": WORDS, "indication": SAID, "position": POSITIONS, "mechanism": MECHANISMS,
        "ages": st.fixed_dictionaries({"youngest": AGES, "oldest": AGES, "words": SAID}),
        "known_by": st.lists(st.fixed_dictionaries({"words": WORDS, "ours": st.booleans()}), max_size=3, unique_by=one_line),
        "codes": st.fixed_dictionaries({
            "opcs4": st.lists(code("W84.4", "W844", "T02 - T04", "A75.2"), max_size=3),
            "icd10": st.lists(code("R61.0", "C00-C97", "Q67"), max_size=3),
        }),
        "criteria": st.lists(st.fixed_dictionaries({"label": st.just("") | WORDS, "words": st.just("") | WORDS}), max_size=4),
    }
)  # fmt: skip
AREA = st.one_of(
    WORDS,
    st.fixed_dictionaries({"name": WORDS, "effective_from": DAYS, "effective_to": st.none() | DAYS, "mechanism": MECHANISMS}),
    st.fixed_dictionaries({"name": WORDS, "ratified_on": DAYS}),
)
HEADED = st.dictionaries(WORDS, WORDS, max_size=2)
RECORD = st.fixed_dictionaries(
    {
        "record": st.just("policy"), "commissioner": st.just({"slug": "here", "name": "Here"}), "title": WORDS,
        "reference": SAID, "version": WORDS, "position": POSITIONS, "mechanism": MECHANISMS, "scope": SAID, "funded": SAID,
        "ratified_on": PRINTED, "effective_from": PRINTED, "effective_to": PRINTED, "transition": SAID,
        "review": st.fixed_dictionaries({"day": PRINTED, "words": SAID, "static": st.booleans()}),
        "exceptionality": st.none() | st.fixed_dictionaries({"words": WORDS, "route_named": st.booleans()}),
        "areas": st.lists(AREA, max_size=3), "impacts": HEADED, "further": HEADED, "remarks": st.lists(WORDS, max_size=2),
        "statements": st.lists(STATEMENT, max_size=2), "issued_by": SAID, "category": SAID,
    }
)  # fmt: skip


def sent(field: Field) -> list[tuple[str, str]]:
    """What a browser sends of a field that nobody touched."""
    if isinstance(field, FieldList | FormField):
        return [pair for one in field for pair in sent(one)]
    if isinstance(field, BooleanField):
        return [(field.name, "y")] if field.data else []
    return [(field.name, str("" if field.data is None else field.data).replace("\n", "\r\n"))]


@given(RECORD)
@settings(max_examples=60, deadline=None)
def test_what_nobody_touches_stays(raw: dict[str, Any]) -> None:
    record = records.read(sound(raw))
    assert isinstance(record, records.PolicyRecord)
    with BARE.app_context():
        shown = RecordForm(formdata=None, data=typed_from(record, []), meta={"csrf": False})
        back = RecordForm(MultiDict([pair for field in shown for pair in sent(field)]), meta={"csrf": False})
        back.offer([])
        assert back.validate(), back.errors
        assert records.read(record_typed(back, record, lambda version_id: None)) == record
