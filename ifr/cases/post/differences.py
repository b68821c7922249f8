"""What a letter says otherwise than the record: kept, and let go by two people where that may be."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from ifr import audit, clock, letters, workflow
from ifr.access import Permission
from ifr.cases import services
from ifr.cases.models import Case
from ifr.cases.post.models import Difference
from ifr.db import db
from ifr.letters import Letter
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible, Reason, Refused

LONGEST = 2000
# What it is (a key and its name), what the letter says, what the record says, and whether nobody may let it go.
Found = tuple[str, str, str, str, bool]


def keep(letter_id: int, found: Sequence[Found]) -> None:
    """Keep what holds a letter up now. What nobody has let go of an earlier attempt is forgotten with it."""
    mine = Difference.letter_id == letter_id
    db.session.execute(delete(Difference).where(mine, Difference.let_go_by_id.is_(None)))
    kept = {(one.what, one.printed, one.recorded) for one in db.session.scalars(select(Difference).where(mine))}
    for what, label, printed, recorded, absolute in found:
        if (what, printed, recorded) not in kept:
            db.session.add(
                Difference(
                    letter_id=letter_id, what=what, label=label, printed=printed, recorded=recorded, absolute=absolute,
                    found_at=clock.now(),
                )
            )  # fmt: skip
    db.session.flush()


def is_let_go(letter_id: int, what: str, printed: str, recorded: str) -> bool:
    """Whether two people have said that a letter may leave with this very difference."""
    found = db.session.scalars(select(Difference).where(Difference.letter_id == letter_id, Difference.what == what))
    return any(one.second_by_id is not None and (one.printed, one.recorded) == (printed, recorded) for one in found)


def of_case(case: Case) -> list[tuple[Letter, list[Difference]]]:
    """The differences found in the letters of a case, by the letter, newest letter first."""
    rows = {row.id: row for row in letters.of_case(case)}
    grouped: dict[int, list[Difference]] = {}
    for one in db.session.scalars(select(Difference).where(Difference.letter_id.in_(rows)).order_by(Difference.id)):
        grouped.setdefault(one.letter_id, []).append(one)
    return [(row, grouped[row.id]) for row in rows.values() if row.id in grouped]


def let_go(case: Case, difference_id: int, *, because: str, by: User, seen: int | None) -> Difference:
    """Say that a letter may leave with a difference. The first says why; it may leave when a second has agreed.

    Raises Refused for the outcome, a name or a day, and where the same person would be both."""
    if not services.may(by, case, Permission.LETTER_RELEASE):
        raise PermissionError("this is for another role")
    workflow.hold(case, seen)
    one = _of_case(case, difference_id)
    if one.absolute:
        raise Refused([Reason(f"{one.label} must be as it is on record. Stop the letter, and have it written again.")])
    if one.let_go_by_id is None:
        _first(one, because.strip(), by)
    elif one.second_by_id is None:
        if one.let_go_by_id == by.id:
            raise Refused([Reason("A second person has to agree: you were the first.")])
        one.second_by_id, one.second_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "let_difference_go", by=by.actor, letter=one.letter_id, difference=one.id)
    return one


def _first(one: Difference, because: str, by: User) -> None:
    if not because:
        raise Invalid({f"because-{one.id}": "Say why the letter may leave all the same."})
    if len(because) > LONGEST:
        raise Invalid({f"because-{one.id}": f"This must be {LONGEST:,} characters or fewer."})
    one.because, one.let_go_by_id, one.let_go_at = because, by.id, clock.now()


def _of_case(case: Case, difference_id: int) -> Difference:
    found = db.session.get(Difference, difference_id)
    if found is None or all(found.letter_id != row.id for row in letters.of_case(case)):
        raise NotVisible(str(difference_id))
    return found
