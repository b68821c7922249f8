"""What another body is handed with a request: everything that was sent, as it stood on the day of the offer.

The request is frozen without the patient's identity. Who the patient is stays in its own place, and is put beside it each
time when somebody who may know takes the package out; each time goes on record.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from flask import render_template

from ifr import clock, documents, pdf
from ifr.cases import identity, overview
from ifr.cases.drafts.points import EVIDENCE
from ifr.cases.information import INFORMATION
from ifr.cases.models import Case
from ifr.db import db
from ifr.people.models import Organisation
from ifr.screening.models import Handover
from ifr.workflow import NotVisible

PDF, JSON = "pdf", "json"
MEDIA = {PDF: "application/pdf", JSON: "application/json"}
# Which facts about the patient go to the body that takes the request on. Nothing else of the identity leaves.
_PATIENT = ("name", "nhs_number", "born_on", "address", "practice")


@dataclass(frozen=True)
class File:
    """One file of the package, ready to be handed out."""

    name: str
    media_type: str
    content: bytes


def package_of(case: Case, row: Handover) -> dict[str, Any]:
    """The request as it goes to another body today. Holds no identity."""
    profile = case.profile
    _, policy = overview.linked_policy(case)
    return {
        "reference": case.key,
        "from": {
            "commissioner": profile.commissioner.name,
            "telephone": profile.letterhead.telephone,
            "email": profile.letterhead.email,
        },
        "to": {"body": row.body, "name": row.contact_name, "email": row.contact_email, "telephone": row.contact_telephone},
        "offered_on": clock.today().isoformat(),
        "received_on": case.received_on.isoformat() if case.received_on else None,
        "provider": db.session.get_one(Organisation, case.provider_id).name,
        "urgent": case.urgent,
        "needed_by": case.needed_by_on.isoformat() if case.needed_by_on else None,
        "why_responsible": row.evidence,
        "policy": policy,
        "request": [
            {"section": one.title, "answers": [{"question": label, "answer": said} for label, said in one.rows]}
            for one in overview.sections(case)
        ],
        "points": [{"number": one.factor.number, "what": one.factor.what, "kind": one.kind,
                    "how_common": one.factor.common_in_words, "why_benefit": one.factor.why_benefit,
                    "evidence": one.evidence.title if one.evidence else ""} for one in overview.points(case)],
        "documents": [
            {"title": one.title, "sha256": one.sha256, "stored_on": clock.day_of(one.stored_at).isoformat()}
            for one in documents.of(case.stream, EVIDENCE, INFORMATION)
        ],
    }  # fmt: skip


def take_out(case: Case, row: Handover, kind: str, *, by: Any) -> File:
    """The package with the patient's name beside it, as PDF or JSON, for the receiving body alone.

    Raises NotVisible where nothing was offered, PermissionError for somebody who may not know who the patient is, and
    pdf.PdfUnavailable. Whoever takes it out is on record as having read the identity.
    """
    if row.package is None or kind not in MEDIA:
        raise NotVisible(case.key)
    patient = identity.patient_of(case, by=by, why="handover")
    facts = {**row.package, "patient": {name: getattr(patient, name) or "" for name in _PATIENT}}
    written = json.dumps(facts, ensure_ascii=False, indent=2).encode()
    name = f"{case.key}-handover-{row.id}.{kind}"
    if kind == JSON:
        return File(name, MEDIA[kind], written)
    page = render_template("screening/package.html", facts=facts)
    attached = (f"{case.key}-handover-{row.id}.json", written, "The same request for a machine to read")
    made = pdf.render(
        page, title=f"Request {case.key}", attachments=[attached], identifier=hashlib.sha256(written).hexdigest()
    )
    return File(name, MEDIA[kind], made)
