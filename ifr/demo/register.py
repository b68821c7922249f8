"""The register of the demonstration: a document that was read into a draft, a version that waits for a second person, and a
question to the owner of a policy."""

from sqlalchemy import select

from ifr.db import db
from ifr.demo import accounts
from ifr.people.models import User
from ifr.policies.editing import importing, services
from ifr.policies.models import Policy, PolicyVersion

# An invented document, with the slips that such documents have.
DOCUMENT = """Clinical commissioning policy (invented for the demonstration)

Policy title: Surgical treatment of pectus excavatum Version: v0.9
Reference: DP-15
Date of approval: March 2026
Review date: TBC
Commissioning position: This procedure is NOT ROUTINELY COMMISSIONED.

1. Scope
Correction of pectus excavatum by open or minimally invasive surgery.

2. Patients
Adults and young people with pectus excavatum.

3. Rationale
For most patients the deformity does not affect heart or lungs, and the evidence that surgery changes function is limited.

4. Coding
OPCS-4: T02.2 Repair of pectus deformity; T022 Correction of chest wall; T03
ICD-10: Q67.6

5. Exceptional cases
A clinician may submit an individual funding request.
"""

# What a national body says gives no position; the reader tells it from a policy, and a person puts it on record as guidance.
GUIDANCE = """Interventional procedures guidance

Invented device for the demonstration: valve placement for emphysema
Interventional procedures guidance
Reference number: IPG9001
Published: 4 March 2026

1 Recommendations
1.1 Evidence on safety is adequate. Evidence on efficacy is limited, so this procedure should be used only with special
arrangements for clinical governance, consent, and audit or research.
"""


def load() -> None:
    paul, sam = accounts.user("paul_policy"), accounts.user("sam_screens")
    owner = accounts.organisation(accounts.CE)
    document = ("pectus-excavatum.txt", DOCUMENT.encode())
    importing.hand_in([document], owner_id=owner.id, once="4dd9a1b0c5f94d0f9b6f0d1e5a7c3b21", by=paul)
    guidance = ("valve-placement.txt", GUIDANCE.encode())
    importing.hand_in([guidance], owner_id=owner.id, once="b1f0a7c2d3e84f5a96b7c8d9e0f1a2b3", by=paul)
    _propose_next("DP-2", by=paul)
    asked = _version("DP-7")
    services.raise_flag(
        asked,
        "no_exception",
        "Nobody here can think of a patient whom this policy would leave room for. What would count as exceptional?",
        once="0d6f5b3e7a2c4e1f8b9a6c5d4e3f2a10",
        by=sam,
    )


def _propose_next(reference: str, *, by: User) -> None:
    """The next version of a policy, written and waiting for a second person."""
    draft = services.start_next(_version(reference).id, label="3", by=by)
    services.make_move(draft.id, "propose", seen=draft.version, reason=None, by=by)


def _version(reference: str) -> PolicyVersion:
    found = select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.reference == reference)
    return db.session.scalars(found.order_by(PolicyVersion.id)).one()
