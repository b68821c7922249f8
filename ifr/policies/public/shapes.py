"""The JSON of the public register. Days are ISO (2026-04-01), and only as exact as the document (2020-04); `null` says that
the document does not state it. `address` is the path of the page, which never changes; with `.json` behind it, of the same
as JSON.

- a list: `total`, `page`, `next` (an address or null), `policies`
- a policy: `address`, `commissioner`, `reference`, `title`, `kind`, `demonstration`, `on`, `in_force`, `versions`
- in force: `version`, `address`, `position`, `status`, `mechanism`, `from`, `until`, `areas` (null: wherever it applies)
- a version: `address`, `policy`, `status`, `on`, `in_force` (spans of `from` and `until`), `replaces`, `replaced_by`, `record`
- changes: `changes`, each with `id`, `kind` (published or withdrawn), `at`, `title`, `version`, `address`

`record` is the record of an export without what is between the register and the policy's owner.
"""

from datetime import date
from typing import Any

from flask import url_for

from ifr.policies.exporting import record_of
from ifr.policies.models import Policy, PolicyVersion
from ifr.policies.page import VersionPage
from ifr.policies.public.services import Change, InForce, Listing, PolicyPage, PolicyRow

_PRIVATE: dict[str, Any] = {
    "remarks": True,
    "source": True,
    "statements": {"__all__": {"codes": {"opcs4": {"__all__": {"flag"}}, "icd10": {"__all__": {"flag"}}}}},
}


def address_of(version: PolicyVersion) -> str:
    """The address of a version whose policy and owner were loaded."""
    policy = version.policy
    return url_for("public.version", body=policy.owner.slug, policy=policy.slug, version=version.slug)


def a_listing(listing: Listing, next_page: str | None) -> dict[str, Any]:
    return {
        "total": listing.total,
        "page": listing.page,
        "next": next_page,
        "policies": [_a_row(row) for row in listing.rows],
    }


def on_a_day(rows: list[PolicyRow], on: date) -> dict[str, Any]:
    return {"on": on.isoformat(), "policies": [_a_row(row) for row in rows]}


def a_policy(page: PolicyPage) -> dict[str, Any]:
    policy = page.policy
    return _facts(policy) | {
        "on": page.on.isoformat(),
        "in_force": [_in_force(policy, one) for one in page.in_force],
        "versions": [
            {
                "version": mark.label,
                "address": _version_address(policy, mark.slug),
                "status": mark.status,
                "in_force": _spans(mark.spans),
            }
            for mark in page.timeline.marks
        ],
    }


def a_version(page: VersionPage, on: date) -> dict[str, Any]:
    version = page.version
    mark = next(one for one in page.timeline.marks if one.version_id == version.id)
    return {
        "address": address_of(version),
        "policy": _facts(version.policy),
        "on": on.isoformat(),
        "status": page.status,
        "in_force": _spans(mark.spans),
        "replaces": [_succession(one.predecessor, one.last_on) for one in page.predecessors],
        "replaced_by": [_succession(one.version, one.last_on) for one in page.successors],
        "record": record_of(version).model_dump(mode="json", exclude=_PRIVATE),
    }


def a_change(change: Change, public_address: str) -> dict[str, Any]:
    """A change, named by an address that is the same whenever it is asked for."""
    address = address_of(change.version)
    return {
        "id": f"{public_address.rstrip('/')}{address}#{change.kind}",
        "kind": change.kind,
        "at": change.at.isoformat(timespec="seconds"),
        "commissioner": change.version.policy.owner.name,
        "title": change.version.title,
        "version": change.version.label,
        "demonstration": change.version.policy.is_demonstration,
        "address": address,
    }


def _a_row(row: PolicyRow) -> dict[str, Any]:
    return _facts(row.policy) | {"in_force": [_in_force(row.policy, one) for one in row.in_force]}


def _facts(policy: Policy) -> dict[str, Any]:
    return {
        "address": url_for("public.policy", body=policy.owner.slug, policy=policy.slug),
        "commissioner": {"slug": policy.owner.slug, "name": policy.owner.name},
        "reference": policy.reference,
        "title": policy.title,
        "kind": policy.kind,
        "demonstration": policy.is_demonstration,
    }


def _in_force(policy: Policy, one: InForce) -> dict[str, Any]:
    return {
        "version": one.version.label,
        "address": _version_address(policy, one.version.slug),
        "position": one.version.position,
        "status": one.standing.status.value,
        "mechanism": one.standing.mechanism,
        "from": _day(one.standing.begins_on),
        "until": _day(one.standing.ends_on),
        "areas": list(one.areas) or None,
    }


def _version_address(policy: Policy, slug: str) -> str:
    return url_for("public.version", body=policy.owner.slug, policy=policy.slug, version=slug)


def _succession(version: PolicyVersion, last_on: date | None) -> dict[str, Any]:
    return {
        "title": version.title,
        "version": version.label,
        "address": address_of(version),
        "last_on": _day(last_on),
    }


def _spans(spans: tuple[tuple[date | None, date | None], ...]) -> list[dict[str, str | None]]:
    return [{"from": _day(since), "until": _day(until)} for since, until in spans]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
