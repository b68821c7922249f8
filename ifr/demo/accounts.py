"""The people and organisations of the demonstration. Everybody is invented; the addresses lead nowhere."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ifr.access import Role
from ifr.db import db
from ifr.people import services
from ifr.people.models import COMMISSIONER, PROVIDER, Organisation, User

PASSWORD = "demonstration-2026"
FROM = date(2025, 1, 1)
CE, CM = "central-east", "cheshire-merseyside"
CE_TRUST, CM_TRUST = "fenland-hospitals", "merseyview-hospitals"

# slug, kind, name, ODS code; no document gives their codes, so each is a demonstration value.
ORGANISATIONS = (
    (CE, COMMISSIONER, "NHS Central East Integrated Care Board", "QXE", True),
    (CM, COMMISSIONER, "NHS Cheshire and Merseyside Integrated Care Board", "QYG", True),
    (CE_TRUST, PROVIDER, "Fenland Hospitals (demonstration)", "RDM1", True),
    (CM_TRUST, PROVIDER, "Merseyview Hospitals (demonstration)", "RDM2", True),
)


@dataclass(frozen=True)
class Account:
    """One demonstration account: `key` is what the demonstration and the tests call the person."""

    key: str
    name: str
    job_title: str
    profession: str | None
    held: tuple[tuple[str, Role], ...]

    @property
    def email(self) -> str:
        return f"{self.key.replace('_', '.')}@example.org"


BOTH = (CE, CM)


def _at(organisations: tuple[str, ...], *roles: Role) -> tuple[tuple[str, Role], ...]:
    return tuple((slug, role) for slug in organisations for role in roles)


ACCOUNTS = (
    Account("rosa_spine", "Miss Rosa Whitby", "Consultant spinal surgeon", "doctor", _at((CM_TRUST,), Role.CLINICIAN)),
    Account("dev_skin", "Dr Dev Anand", "Consultant dermatologist", "doctor", _at((CE_TRUST,), Role.CLINICIAN)),
    Account("finn_feet", "Mr Finn Gallagher", "Consultant podiatric surgeon", None, _at((CE_TRUST,), Role.CLINICIAN)),
    Account("tess_types", "Tess Oakley", "Medical secretary", None, _at((CE_TRUST,), Role.PROVIDER_DELEGATE)),
    Account("ada_approves", "Dr Ada Nkemelu", "Medical director", "doctor", _at((CE_TRUST,), Role.PROVIDER_APPROVER)),
    Account("carol_office", "Carol Hume", "IFR coordinator", None, _at(BOTH, Role.COORDINATOR)),
    Account("sam_screens", "Dr Sam Okafor", "Public health consultant", "public_health", _at(BOTH, Role.SCREENER)),
    Account("petra_screens", "Petra Lind", "Commissioning pharmacist", "pharmacist", _at(BOTH, Role.SCREENER)),
    Account("iris_reviews", "Iris Quinn", "Evidence reviewer", "pharmacist", _at(BOTH, Role.EVIDENCE_REVIEWER)),
    Account("maya_manages", "Maya Brandt", "IFR manager", "manager", _at(BOTH, Role.IFR_MANAGER)),
    Account("olive_officer", "Olive Penrose", "Accountable officer", "manager", _at(BOTH, Role.ACCOUNTABLE_OFFICER)),
    Account("stan_minutes", "Stan Ferrer", "Panel secretary", None, _at(BOTH, Role.PANEL_SECRETARY)),
    Account("helen_chairs", "Dr Helen Marsh", "Panel chair, general practitioner", "doctor", _at(BOTH, Role.PANEL_CHAIR)),
    Account("derek_deputy", "Dr Derek Osei", "Deputy panel chair, physician", "doctor", _at(BOTH, Role.PANEL_CHAIR)),
    Account("omar_member", "Dr Omar Sayed", "Panel member, physician", "doctor", _at(BOTH, Role.PANEL_MEMBER)),
    Account("nina_member", "Nina Castell", "Panel member, nurse", "nurse", _at(BOTH, Role.PANEL_MEMBER)),
    Account("mina_member", "Mina Farrow", "Panel member, pharmacist", "pharmacist", _at(BOTH, Role.PANEL_MEMBER)),
    Account("leo_lay", "Leo Grant", "Panel member, lay", "lay", _at(BOTH, Role.PANEL_MEMBER)),
    Account("ruth_lay", "Ruth Adeyemi", "Panel member, lay", "lay", _at(BOTH, Role.PANEL_MEMBER)),
    Account("vera_reviews", "Dr Vera Novak", "Review panel, chair", "doctor", _at(BOTH, Role.REVIEW_PANEL_MEMBER)),
    Account("hugo_reviews", "Hugo Lane", "Review panel, nurse", "nurse", _at(BOTH, Role.REVIEW_PANEL_MEMBER)),
    Account("amy_lay", "Amy Forster", "Review panel, lay", "lay", _at(BOTH, Role.REVIEW_PANEL_MEMBER)),
    Account("paul_policy", "Paul Ekström", "Policy lead", "manager", _at(BOTH, Role.POLICY_LEAD)),
    Account("pia_policy", "Pia Sorrel", "Deputy policy lead", "manager", _at(BOTH, Role.POLICY_LEAD)),
    Account("fay_finance", "Fay Ormond", "Commissioner finance", "manager", _at(BOTH, Role.FINANCE)),
    Account("alan_audits", "Alan Birch", "Auditor", None, _at(BOTH, Role.AUDITOR)),
)
BY_KEY = {account.key: account for account in ACCOUNTS}


def load() -> None:
    """Make the organisations and accounts, in the transaction that is open."""
    by = services.command("demo")
    for slug, kind, name, code, ours in ORGANISATIONS:
        services.ensure_organisation(
            slug=slug, kind=kind, name=name, ods_code=code, ods_is_demonstration=ours, by=by
        )
    for account in ACCOUNTS:
        person = services.add_user(
            name=account.name,
            email=account.email,
            password=PASSWORD,
            job_title=account.job_title,
            profession=account.profession,
            by=by,
        )
        for slug, role in account.held:
            services.add_membership(user=person, organisation=organisation(slug), role=role, from_on=FROM, by=by)


def organisation(slug: str) -> Organisation:
    found = services.organisation_named(slug)
    if found is None:
        raise LookupError(f"no organisation {slug}")
    return found


def user(key: str) -> User:
    """The person of an account, with memberships. Raises LookupError before `load`."""
    found = db.session.scalar(select(User.id).where(User.email == BY_KEY[key].email))
    if found is None:
        raise LookupError(f"no account {key}")
    return services.person(found)


def are_loaded() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is not None
