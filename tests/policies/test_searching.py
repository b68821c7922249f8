"""The register is searched by word, code, category, position and status, and costs as many queries when it is large."""

from datetime import date

import pytest

from ifr.db import db
from ifr.people.services import command
from ifr.policies import services
from tests import register_bulk
from tests.databases import statements_sent

BY = command("test")
BODY = "test-searched"


def load(number, **changes):
    statement = {
        "treatment": "scar revision",
        "position": "criteria_based",
        "known_by": [{"words": "scar revision"}],
        "codes": {"opcs4": [{"code": "S60.4"}], "icd10": [{"code": "C00-C97"}]},
    }
    record = {
        "record": "policy",
        "commissioner": {"slug": BODY, "name": "Test Searched"},
        "reference": f"S-{number}",
        "title": f"Revision of scars {number}",
        "version": "1",
        "published_on": date(2025, 1, 1),
        "category": "Plastic surgery",
        "position": "criteria_based",
        "statements": [statement],
    }
    return services.load_record(record | changes, by=BY)


@pytest.fixture
def register(app):
    with app.app_context():
        load(1)
        load(2, published_on=date(2027, 1, 1), category="Dermatology", position="not_routinely_commissioned")
        yield
        db.session.remove()


def found(**asked):
    return sorted(row.reference for row in services.find(BODY, **asked).rows)


@pytest.mark.usefixtures("register")
class TestSearching:
    def test_by_the_beginning_of_a_word(self):
        assert found(words="revis") == ["S-1", "S-2"]
        assert found(words="evision") == []

    def test_by_a_category_as_it_is_printed(self):
        assert found(category="plastic surgery") == ["S-1"]
        assert found(category="derma") == ["S-2"]

    def test_by_position(self):
        assert found(position="criteria_based") == ["S-1"]

    def test_by_status_on_a_day(self):
        assert found(status="in_force", on=date(2026, 1, 1)) == ["S-1"]
        assert found(status="not_yet_in_force", on=date(2026, 1, 1)) == ["S-2"]
        assert found(status="in_force", on=date(2027, 1, 1)) == ["S-1", "S-2"]

    @pytest.mark.parametrize("code", ["S60.4", "S60", "C50.1", "C97", "C00"])
    def test_by_a_code_its_category_and_a_code_within_a_range(self, code):
        assert found(code=code) == ["S-1", "S-2"]

    @pytest.mark.parametrize("code", ["S61", "C98", "D00"])
    def test_a_code_beside_those_that_are_listed_finds_nothing(self, code):
        assert found(code=code) == []


class TestALargerRegister:
    @pytest.fixture
    def known(self, app):
        with app.app_context():
            load(1)
            yield register_bulk.add(3, policies=40)
            db.session.remove()

    def test_pages_follow_one_another_and_leave_nothing_out(self, known):
        body, seen, skip = known[0].body, [], 0
        while skip is not None:
            shown = services.find(body, skip=skip)
            assert len(shown.rows) <= services.MOST_SHOWN
            seen += [row.version_id for row in shown.rows]
            skip = shown.after
        assert len(seen) == len(set(seen)) == 200

    def test_pages_by_status_leave_nothing_out_either(self, known):
        body, seen, skip = known[0].body, [], 0
        while skip is not None:
            shown = services.find(body, status="superseded", skip=skip)
            seen += [row.version_id for row in shown.rows]
            skip = shown.after
        assert len(seen) == len(set(seen)) == 160

    def test_a_search_takes_as_many_queries_for_a_page_as_for_one_row(self, known):
        one = _queries(lambda: services.find(known[0].body, words="b 7").rows)
        many = _queries(lambda: services.find(known[0].body, words="b specialty").rows)
        assert many == one

    def test_the_question_which_policy_takes_as_many_queries_in_a_large_body(self, known):
        small = _queries(lambda: services.resolve(BODY, None, ["S60.4"], "scar revision", [], date(2026, 11, 21)))
        one = known[0]
        large = _queries(lambda: services.resolve(one.body, None, [one.code], one.words, [], date(2026, 11, 21)))
        assert large == small

    def test_no_more_than_five_other_bodies_are_named(self, app):
        with app.app_context():
            for number in range(7):
                body = {"slug": f"test-other-{number}", "name": f"Other {number}"}
                load(1, commissioner=body)
            load(9, commissioner={"slug": "test-asking", "name": "Asking"}, statements=[])
            answer = services.resolve("test-asking", None, ["S60.4"], "scar revision", [], date(2026, 11, 21))
            assert answer.answer == "no_policy"
            assert len(answer.also) == 5


def _queries(act):
    with statements_sent() as asked:
        act()
    return len(asked)
