"""The day whose policies count, further policies, and a newer version of the linked policy before the decision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import clock, workflow
from ifr.cases.models import Answer, Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.people.services import command
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.models import PolicyFlag, Succession
from ifr.policies.services import load_record
from ifr.profiles import Profile
from ifr.screening import check, newer
from ifr.screening.check import CheckAnswers
from ifr.screening.models import VersionChoice
from ifr.screening.newer import VersionAnswer
from ifr.workflow import Invalid

SignIn = Callable[[FlaskClient, str], None]
TODAY = date(2026, 11, 21)
QUESTION = "A newer version of the linked policy is in force: say under which version the request is decided."


@pytest.fixture
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def in_screening() -> Case:
    return walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))


def new_version(case: Case, **facts: Any) -> int:
    """The linked policy as it was issued anew, in force since a week ago."""
    assert case.policy_version_id is not None
    record = record_of(versions_whole([case.policy_version_id])[0]).model_dump(mode="json")
    record |= {
        "version": "v2.0", "ratified_on": None, "effective_from": "2026-11-14",
        "replaces": [{"policy": record["reference"] or record["title"], "version": record["version"]}], **facts,
    }  # fmt: skip
    for name in ("address", "version_address"):
        record.pop(name, None)
    loaded = load_record(record, by=command("test"))
    assert loaded.version_id is not None
    return loaded.version_id


def answer(version_id: int, **facts: Any) -> VersionAnswer:
    because = "Offered on 3 November 2026, before it applied."
    return replace(VersionAnswer(version_id, because, "yes", TODAY, "By letter."), **facts)


def choose(case: Case, given: VersionAnswer, once: str = "first") -> VersionChoice:
    return newer.choose_version(case, given, once=once, seen=case.version, by=accounts.user("sam_screens"))


def missing(case: Case, trigger: str = "conclude_screening", who: str = "sam_screens") -> list[str]:
    return [one.text for one in workflow.why_not(case, trigger, accounts.user(who))]


# --- the day that counts ----------------------------------------------------------------------------------------------


def with_policy_date(case: Case, named: str, monkeypatch: pytest.MonkeyPatch) -> Case:
    other = case.profile.model_copy(update={"policy_date": named})
    monkeypatch.setattr(Case, "profile", property(lambda self: other))
    assert isinstance(case.profile, Profile) and case.profile.policy_date == named
    return case


def say_referred_on(case: Case, typed: str) -> None:
    db.session.add(Answer(
        case_id=case.id, section="requester", key="referred_on", text=typed, at=clock.now(), by_id=accounts.user("dev_skin").id
    ))
    db.session.flush()


@pytest.mark.usefixtures("context")
def test_the_day_of_receipt_counts_where_the_profile_says_so() -> None:
    counts = check.policy_day(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    assert (counts.on, counts.basis) == (TODAY, "receipt")
    assert counts.words == (
        "The policy of 21 November 2026 counts: the day on which the request came in, as this commissioner's profile says."
    )


@pytest.mark.usefixtures("context")
def test_the_day_of_the_referral_counts_and_is_frozen_with_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    case = with_policy_date(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "referral", monkeypatch)
    say_referred_on(case, "3/6/2026")
    counts = check.policy_day(case)
    assert (counts.on, counts.basis) == (date(2026, 6, 3), "referral")
    walk.checked(case)
    assert case.resolution is not None
    assert case.resolution["on"] == "2026-06-03" and case.resolution["basis"] == "referral"
    assert case.resolution["basis_words"] == (
        "The policy of 3 June 2026 counts: the day of the referral, as this commissioner's profile says."
    )


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    ("typed", "why"), [("", "does not give"), ("3/13/2026", "does not give"), ("1/1/2027", "gives as a later day")]
)
def test_a_referral_without_a_usable_day_falls_back_to_the_receipt_and_says_so(
    monkeypatch: pytest.MonkeyPatch, typed: str, why: str
) -> None:
    case = with_policy_date(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "referral", monkeypatch)
    say_referred_on(case, typed)
    counts = check.policy_day(case)
    assert (counts.on, counts.basis) == (TODAY, "receipt")
    assert counts.words.endswith(f"names the day of the referral, which the request {why}.")


@pytest.mark.usefixtures("context")
def test_a_new_request_is_asked_for_the_day_of_the_referral_and_may_leave_it_out() -> None:
    case = walk.received(stories.HYPERHIDROSIS)
    asked = {one.key: one for one in case.questions.all()}
    assert asked["referred_on"].kind == "day" and asked["referred_on"].tier == "applies"
    assert case.state == "received"


# --- further policies -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("context")
def test_further_policies_are_kept_and_the_linked_one_is_none_of_them() -> None:
    case = walk.checked(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    linked = case.policy_version_id
    other = new_version(case, title="Sympathectomy for other conditions", replaces=[], effective_from="2026-01-01")
    found = check.check_of(case)
    answers = CheckAnswers(
        responsible="ours", responsible_because="Here.", conclusion="policy", version_id=linked, same_treatment="yes",
        same_because="The same.", duplicates="none", also=(other, linked or 0),
    )  # fmt: skip
    check.save_check(case, answers, seen=case.version, by=accounts.user("carol_office"))
    assert found.also == [other]
    assert [name for _, name in check.also_considered(case)] == ["Sympathectomy for other conditions, version v2.0"]
    with pytest.raises(Invalid) as refused:
        check.save_check(case, replace(answers, also=(2**31 - 1,)), seen=case.version, by=accounts.user("carol_office"))
    assert list(refused.value.faults) == ["also"]


# --- a newer version --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("context")
def test_nothing_is_asked_while_no_newer_version_is_there() -> None:
    case = in_screening()
    assert newer.newer_version(case) is None and newer.newer_notice(case) is None
    assert QUESTION not in missing(case)


@pytest.mark.usefixtures("context")
def test_a_newer_version_in_force_holds_the_conclusion_until_somebody_says_which_counts() -> None:
    case = in_screening()
    linked = case.policy_version_id
    later = new_version(case)
    found = newer.newer_version(case)
    assert found is not None and (found.version_id, found.in_force) == (later, True)
    assert case.policy_version_id == linked
    assert QUESTION in missing(case)
    choose(case, answer(linked or 0))
    assert QUESTION not in missing(case)
    assert case.policy_version_id == linked and newer.newer_notice(case) is None


@pytest.mark.usefixtures("context")
def test_the_newer_version_that_is_chosen_is_linked_and_both_are_kept() -> None:
    case = in_screening()
    linked = case.policy_version_id
    later = new_version(case)
    row = choose(case, answer(later, told="no", told_on=None, told_words="Told with the decision."))
    assert (row.linked_version_id, row.newer_version_id, row.chosen_version_id, row.told_on) == (linked, later, later, None)
    assert case.policy_version_id == later
    assert case.resolution is not None
    assert (case.resolution["version_id"], case.resolution["version"]) == (later, "v2.0")
    assert case.resolution["chosen_instead_of"]["version_id"] == linked
    assert QUESTION not in missing(case)


@pytest.mark.usefixtures("context")
def test_versions_that_take_each_others_place_keep_nobody_waiting() -> None:
    case = in_screening()
    later = new_version(case)
    # No record brings this about any more; one from before that rule may.
    db.session.add(Succession(version_id=case.policy_version_id, predecessor_id=later))
    db.session.flush()
    assert newer.newer_version(case) is None


@pytest.mark.usefixtures("context")
def test_a_version_that_is_about_to_apply_is_told_and_holds_nothing_back() -> None:
    case = in_screening()
    new_version(case, effective_from="2026-12-01")
    assert "applies from 1 December 2026" in (newer.newer_notice(case) or "")
    assert QUESTION not in missing(case)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    ("position", "words"), [("routinely_commissioned", "more generous"), ("not_routinely_commissioned", "as generous as")]
)
def test_the_notice_says_whether_the_newer_version_is_more_generous(position: str, words: str) -> None:
    case = in_screening()
    new_version(case, position=position)
    assert words in (newer.newer_notice(case) or "")


@pytest.mark.usefixtures("context")
def test_an_answer_that_lacks_something_is_told_what() -> None:
    case = in_screening()
    later = new_version(case)
    with pytest.raises(Invalid) as refused:
        choose(case, VersionAnswer(7_000_000, "", None, None, ""))
    assert sorted(refused.value.faults) == ["because", "told", "version_id"]
    with pytest.raises(Invalid) as refused:
        choose(case, answer(later, told_on=date(2026, 11, 22)))
    assert list(refused.value.faults) == ["told_on"]
    with pytest.raises(Invalid) as refused:
        choose(case, answer(later, told="no", told_words=""))
    assert list(refused.value.faults) == ["told_words"]


@pytest.mark.usefixtures("context")
def test_an_answer_that_is_sent_twice_is_kept_once() -> None:
    case = in_screening()
    later = new_version(case)
    first = choose(case, answer(later))
    assert choose(case, answer(later)).id == first.id
    assert len(newer.choices_of(case)) == 1


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(app: Flask) -> tuple[str, int, int]:
    """A request in screening whose policy was issued anew: its address, its version, and the newer version."""
    with app.app_context(), transaction():
        case = in_screening()
        later = new_version(case, transition="Patients offered treatment before 14 November 2026 may go on.")
        return case.key, case.version, later


@pytest.mark.parametrize(
    ("who", "status"),
    [("carol_office", 200), ("sam_screens", 200), ("maya_manages", 200), ("dev_skin", 403), ("stan_minutes", 403),
     ("rosa_spine", 404), ("paul_policy", 403)],
)  # fmt: skip
def test_the_page_opens_for_those_who_check_screen_or_manage(
    client: FlaskClient, sign_in: SignIn, waiting: tuple[str, int, int], who: str, status: int
) -> None:
    sign_in(client, who)
    assert client.get(f"/cases/{waiting[0]}/policy-version").status_code == status
    assert client.get(f"/cases/{waiting[0]}/policy-question").status_code == status


def test_the_page_shows_the_words_of_transition_and_keeps_what_was_typed(
    client: FlaskClient, sign_in: SignIn, waiting: tuple[str, int, int]
) -> None:
    key, version, later = waiting
    sign_in(client, "sam_screens")
    assert f"/cases/{key}/policy-version" in client.get(f"/cases/{key}/screening").text
    page = client.get(f"/cases/{key}/policy-version").text
    assert "Patients offered treatment before 14 November 2026 may go on." in page
    bad = client.post(f"/cases/{key}/policy-version", data={"seen": version, "once": "a", "because": "Offered\x00 before."})
    assert bad.status_code == 422 and "Offered before." in bad.text
    assert "Choose the version under which the request is decided." in bad.text
    good = {"seen": version, "once": "a", "version_id": later, "because": "More generous.", "told": "no", "told_words": "Later."}
    assert client.post(f"/cases/{key}/policy-version", data={**good, "seen": version - 1}).status_code == 409
    assert client.post(f"/cases/{key}/policy-version", data=good).status_code == 302
    assert client.post(f"/cases/{key}/policy-version", data=good).status_code == 302
    assert "More generous." in client.get(f"/cases/{key}/policy-version").text
    assert client.post(f"/cases/{key}/policy-version", data={**good, "once": "b", "seen": version + 1}).status_code == 409


def test_a_policy_without_a_thinkable_exception_is_told_to_its_owner_and_the_request_goes_forward(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = in_screening()
        key, version = case.key, case.version
        before = [(one.trigger, one.reasons) for one in workflow.moves_open_to(case, accounts.user("sam_screens"))]
    sign_in(client, "sam_screens")
    data = {"seen": version, "once": "x", "words": ""}
    assert client.post(f"/cases/{key}/policy-question", data=data).status_code == 422
    data["words"] = "Every patient with this condition is alike."
    assert client.post(f"/cases/{key}/policy-question", data=data).status_code == 302
    assert client.post(f"/cases/{key}/policy-question", data=data).status_code == 302
    with app.app_context():
        case = check.visible_case(key, accounts.user("sam_screens"))
        flag = db.session.scalars(select(PolicyFlag)).one()
        assert (flag.version_id, flag.kind, flag.words) == (case.policy_version_id, "no_exception", data["words"])
        after = [(one.trigger, one.reasons) for one in workflow.moves_open_to(case, accounts.user("sam_screens"))]
        assert after == before
