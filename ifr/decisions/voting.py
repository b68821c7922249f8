"""Votes: by member and item, each given for a commissioner, with dissent in the member's own words.

An abstention counts for the quorum and not for the majority. One person never decides for a panel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions.models import ABSTAIN, AGAINST, FOR, VOTES, DecisionRecord, Vote
from ifr.decisions.sat import voters_of
from ifr.people.models import Organisation
from ifr.people.services import people_named
from ifr.workflow import NotVisible, Reason, Refused

LEAST_FOR = 2
_RECORD = "decisions.record"


@dataclass(frozen=True)
class Ballot:
    """One member's place among the votes on one item."""

    user_id: int
    name: str
    vote: str
    dissent: str
    # The member wrote it, so nobody else changes it.
    dissent_is_own: bool
    # For whom the vote was given; empty before it is recorded.
    commissioner: str

    @property
    def in_words(self) -> str:
        return VOTES.get(self.vote, "")


def votes_of(record: DecisionRecord) -> dict[int, Vote]:
    rows = db.session.scalars(select(Vote).where(Vote.decision_id == record.id).order_by(Vote.id))
    return {row.user_id: row for row in rows}


def ballots_of(record: DecisionRecord) -> list[Ballot]:
    """Everybody who counts on the item, and once it is confirmed everybody who voted, with what is recorded."""
    counted = voters_of(record)
    rows = {one: row for one, row in votes_of(record).items() if one in counted}
    who = counted if record.is_open else [one for one, row in rows.items() if row.vote]
    names = people_named(who)
    given_for = {one: db.session.get_one(Organisation, one).name for one in {row.commissioner_id for row in rows.values()}}
    return [_ballot(one, names[one], rows.get(one), given_for) for one in who]


def _ballot(user_id: int, name: str, row: Vote | None, given_for: Mapping[int, str]) -> Ballot:
    if row is None:
        return Ballot(user_id, name, "", "", dissent_is_own=False, commissioner="")
    own = bool(row.dissent) and row.dissent_by_id == user_id
    return Ballot(user_id, name, row.vote, row.dissent, dissent_is_own=own, commissioner=given_for[row.commissioner_id])


def save_votes(
    case: Case, record: DecisionRecord, votes: Mapping[int, str], dissents: Mapping[int, str], *, by: Any
) -> None:
    """Keep how those who count voted. The caller holds the case. A dissent that a member wrote stays as it is."""
    rows, could = votes_of(record), voters_of(record)
    for user_id in could:
        vote, dissent = votes.get(user_id, ""), dissents.get(user_id, "")
        row = rows.get(user_id)
        if row is None and (vote or dissent):
            row = _row(case, record, user_id, by)
        if row is None:
            continue
        if (row.vote, row.commissioner_id) != (vote, case.commissioner_id):
            row.vote, row.commissioner_id, row.by_id, row.at = vote, case.commissioner_id, by.id, clock.now()
        if row.dissent_by_id != user_id and row.dissent != dissent:
            row.dissent, row.dissent_by_id = dissent, by.id if dissent else None
    for user_id, row in rows.items():
        if user_id not in could:
            # Whoever left before the vote has none.
            row.vote = ""
    db.session.flush()


def _row(case: Case, record: DecisionRecord, user_id: int, by: Any) -> Vote:
    row = Vote(
        decision_id=record.id, user_id=user_id, commissioner_id=case.commissioner_id, vote="", dissent="", by_id=by.id,
        at=clock.now(),
    )
    db.session.add(row)
    return row


# --- a member's own dissent -------------------------------------------------------------------------------------------------


def may_dissent(record: DecisionRecord | None, by: Any) -> bool:
    """Whoever counts on the item, until the decision is confirmed."""
    return record is not None and record.is_open and by.id in voters_of(record)


def write_dissent(case: Case, record: DecisionRecord, text: str, *, seen: int | None, by: Any) -> None:
    """Keep a member's own words against the decision; empty words take them back.

    Raises NotVisible for whoever does not count on the item, and Refused once the decision is confirmed.
    """
    if by.id not in voters_of(record):
        raise NotVisible(case.key)
    workflow.hold(case, seen)
    db.session.refresh(record)
    if not record.is_open:
        raise Refused([Reason("The decision is confirmed, so a dissent can no longer be written.", "panels.mine")])
    row = votes_of(record).get(by.id) or _row(case, record, by.id, by)
    row.dissent, row.dissent_by_id = text.strip(), by.id if text.strip() else None
    db.session.flush()
    audit.record(case.stream, "write_dissent", by=by.actor, record=record.id, words=len(row.dissent.split()))


# --- what the votes say -----------------------------------------------------------------------------------------------------


def why_not_carried(case: Case, record: DecisionRecord) -> list[Reason]:
    """What stands between the votes and the decision that the record names; nothing where they agree."""
    if record.is_chairs_action:
        return []
    rows, could = votes_of(record), voters_of(record)
    missing = [one for one in could if one not in rows or not rows[one].vote]
    if missing or not could:
        names = people_named(missing)
        who = ", ".join(names[one] for one in missing) or "those who decide"
        return [Reason(f"Record the vote of {who}.", _RECORD, f"vote_{missing[0]}" if missing else "proof")]
    counts = {kind: sum(rows[one].vote == kind for one in could) for kind in (FOR, AGAINST, ABSTAIN)}
    said = _carried(case, record, counts[FOR], counts[AGAINST])
    first = f"vote_{could[0]}"
    reasons = [Reason(said, _RECORD, first)] if said else []
    if counts[FOR] < LEAST_FOR:
        text = f"{counts[FOR]} voted for this decision. A panel does not decide by fewer than {LEAST_FOR}."
        reasons.append(Reason(text, _RECORD, first))
    return reasons


def _carried(case: Case, record: DecisionRecord, votes_for: int, against: int) -> str:
    """Why the votes do not carry the decision, in a sentence; empty where they do."""
    panel = case.profile.panel
    if panel.decides_by == "consensus":
        return (
            "This panel decides by consensus, and somebody is against. Who only stands aside abstains." if against else ""
        )
    if votes_for < against:
        return "More voted against this decision than for it. Record the decision that the panel took."
    if votes_for > against:
        return "A casting vote is given only where the votes are equal. Take it out." if record.casting_vote else ""
    if not panel.casting_vote:
        return "The votes are equal, and the chair has no casting vote here, so nothing is decided."
    if record.casting_vote is None:
        return "The votes are equal: record the chair's casting vote."
    return "The chair's casting vote is against this decision." if record.casting_vote == AGAINST else ""
