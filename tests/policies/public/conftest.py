"""A register with everything that an export has to carry."""

import pytest

from ifr.db import transaction
from ifr.people.services import command
from ifr.policies import services

BY = command("test")
BODY = {"slug": "merged-body", "name": "A merged body"}


def record(**facts):
    statement = {
        "treatment": "removal of tattoos",
        "indication": "tattoo",
        "position": facts.get("position", "criteria_based"),
        "mechanism": "prior_approval",
        "ages": {"youngest": 18, "words": "adults"},
        "known_by": [{"words": "tattoo removal"}, {"words": "laser removal", "ours": True}],
        "codes": {"opcs4": [{"code": "S091", "label": "Laser – skin", "release": "4.9", "flag": "Is it so?"}, {"code": "S10.1"}]},
        "criteria": [{"label": "2020-04-01", "words": "Yes"}, {"label": "b", "words": "No: not ‘so’\nsecond line"}],
    }
    return {
        "record": "policy",
        "commissioner": BODY,
        "title": facts.get("reference", "Tattoos"),
        "position": "criteria_based",
        "statements": [statement],
        **facts,
    }


def clause(words, **facts):
    return {"kind": "core_eligibility", "words": words, **facts}


@pytest.fixture
def merged(app):
    """Three predecessor areas and the policy that harmonises them; a withdrawn version, days exact to the month, clauses in
    the order in which each prints them."""
    records = [
        record(
            reference=f"OLD-{name}", version="v1.0", areas=[name], ratified_on="2020-04", clauses=[clause("Second"), clause(name)]
        )
        for name in ("North", "Middle", "South")
    ]
    harmonised = record(
        reference="A-ONE",
        version="1",
        effective_from="2026-10-01",
        areas=["North", {"name": "Middle", "effective_from": "2027-01-01", "mechanism": "monitored"}, "South"],
        replaces=[{"policy": f"OLD-{name}", "version": "v1.0"} for name in ("Middle", "North")]
        + [{"policy": "OLD-South", "version": "v1.0", "last_on": "2026-09-15"}],
        review={"day": "2028", "words": "or when NICE says otherwise", "static": True},
        exceptionality={"words": "A clinician may ask.", "route_named": True},
        transition="Who was offered it before October may have it.",
        impacts={"Equality": "None found."},
        clauses=[clause("Third", may_be_out_of_date=True, why="It names a body that is gone."), clause("Middle")],
        remarks=["A question to the owner"],
        cites=["HTG331"],
    )
    withdrawn = record(reference="A-TWO", version="2024-05-01", effective_from="2024-05-01", withdrawn_on="2026-02-03")
    later = record(reference="A-TWO", version="2020", effective_from="2026-03-01", position="not_routinely_commissioned")
    with app.app_context(), transaction():
        services.load_examples(by=BY)
        for one in (*records, harmonised, withdrawn, later):
            services.load_record(one, by=BY)
    return app
