"""Guidance that bears on a request. It stands beside the policy as evidence and never gives a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, literal, or_, select, union_all
from sqlalchemy.orm import selectinload

from ifr.db import db, plain_rows
from ifr.policies import codes, wording
from ifr.policies.codes import ICD10, OPCS4
from ifr.policies.models import Guidance, GuidanceCode, TreatmentPhrase, cited_guidance
from ifr.policies.wording import Form, Likeness

_cited, _code, _phrase = cited_guidance.c, GuidanceCode.__table__.c, TreatmentPhrase.__table__.c
# Written once: what the policy cites, and what may be about the treatment by a code or by words.
_NEAR = union_all(
    select(_cited.guidance_id, literal(True)).where(_cited.version_id == bindparam("version")),
    select(_code.guidance_id, literal(False)).where(
        _code.system == OPCS4, _code.normalised.in_(bindparam("keys", expanding=True))
    ),
    select(_phrase.guidance_id, literal(False)).where(
        _phrase.owner_id.is_(None),
        _phrase.main_word.in_(bindparam("words", expanding=True)),
        _phrase.guidance_id.is_not(None),
    ),
)


@dataclass(frozen=True)
class Pointer:
    """One piece of guidance as an answer names it, with the reason why it is named."""

    id: int
    reference: str
    kind: str
    title: str
    formerly: tuple[tuple[str, str], ...]
    url: str | None
    published_on: date | None
    withdrawn: bool
    says: str | None
    matches: bool
    our_codes: tuple[str, ...]
    is_mandatory: bool

    @property
    def why(self) -> str:
        return "about the same treatment and indication" if self.matches else "cited by the policy"

    @property
    def formerly_words(self) -> str:
        return "; ".join(f"until {_month(until)} {number}" for number, until in self.formerly)

    @property
    def step(self) -> str:
        names = f"{self.reference} ({self.formerly_words})" if self.formerly else self.reference
        said = f"Guidance {names}, “{self.title}”: {self.why}. It is evidence and gives no position."
        if self.our_codes:
            said += f" It prints no codes: {', '.join(self.our_codes)} is our own choice."
        return said + (" It has been withdrawn." if self.withdrawn else "")

    def as_json(self) -> dict[str, Any]:
        return {
            "reference": self.reference,
            "kind": self.kind,
            "title": self.title,
            "formerly": [{"reference": number, "until": until} for number, until in self.formerly],
            "url": self.url,
            "published_on": self.published_on.isoformat() if self.published_on else None,
            "withdrawn": self.withdrawn,
            "says": self.says,
            "why": self.why,
            "our_own_codes": list(self.our_codes),
        }


def pointers(
    treatments: Sequence[str],
    words: Sequence[Form],
    indications: Sequence[str],
    on: date,
    version_id: int | None,
) -> list[Pointer]:
    """The guidance about this treatment *and* this indication, and what the policy named cites."""
    keys = {key for code in treatments for key in codes.within(code)}
    said = {word for form in words for word in form}
    near = plain_rows(_NEAR, version=version_id or 0, keys=[*keys], words=[*said])
    if not near:
        return []
    cited = {row[0] for row in near if row[1]}
    rows = db.session.scalars(
        select(Guidance)
        .where(
            Guidance.id.in_({row[0] for row in near}),
            or_(Guidance.published_on.is_(None), Guidance.published_on <= on),
        )
        .options(selectinload(Guidance.codes), selectinload(Guidance.phrases))
        .order_by(Guidance.id)
    ).all()
    found = [_pointer(row, row.id in cited, treatments, words, indications, on) for row in rows]
    return sorted((one for one in found if one), key=lambda one: (not one.matches, one.id))


def _pointer(
    row: Guidance,
    cited: bool,
    treatments: Sequence[str],
    words: Sequence[Form],
    indications: Sequence[str],
    on: date,
) -> Pointer | None:
    treats = [one for one in row.codes if one.system == OPCS4 and any(one.covers(code) for code in treatments)]
    named = any(wording.compare(words, tuple(p.plain.split())) is not Likeness.NONE for p in row.phrases)
    diagnoses = [one for one in row.codes if one.system == ICD10]
    indicated = [one for one in diagnoses if any(one.covers(code) for code in indications)]
    matches = bool((treats or named) and (indicated or not diagnoses))
    if not matches and not cited:
        return None
    ours = [codes.dotted(one.normalised) for one in (*treats, *indicated) if one.is_ours] if matches else []
    return Pointer(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        title=row.title,
        formerly=tuple((one["number"], one["until"]) for one in row.former_numbers),
        url=row.url,
        published_on=row.published_on,
        withdrawn=row.withdrawn_on is not None and row.withdrawn_on <= on,
        says=row.says,
        matches=matches,
        our_codes=tuple(dict.fromkeys(ours)),
        is_mandatory=row.is_mandatory,
    )


def _month(until: str) -> str:
    """A month as the source gives it (2026-01), or a day, in words."""
    parts = [int(one) for one in until.split("-")]
    day = date(parts[0], parts[1], parts[2] if len(parts) == 3 else 1)
    return f"{day.day} {day:%B %Y}" if len(parts) == 3 else f"{day:%B %Y}"
