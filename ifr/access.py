"""Who may do what: roles, permissions, and one table of which role has which. Whatever is not in the table is denied.

A role opens a kind of page. Which cases somebody sees there, and what he or she may do with one of them, is asked of the
case (`cases.services.cases_visible_to`, `workflow.why_not`).
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, request
from flask_login import current_user


class Role(StrEnum):
    """What somebody is in an organisation (`process.md`, Roles), or a part that somebody has in one case."""

    CLINICIAN = "clinician"
    PROVIDER_DELEGATE = "provider_delegate"
    PROVIDER_APPROVER = "provider_approver"
    COORDINATOR = "coordinator"
    SCREENER = "screener"
    EVIDENCE_REVIEWER = "evidence_reviewer"
    PANEL_SECRETARY = "panel_secretary"
    PANEL_MEMBER = "panel_member"
    PANEL_CHAIR = "panel_chair"
    REVIEW_PANEL_MEMBER = "review_panel_member"
    IFR_MANAGER = "ifr_manager"
    ACCOUNTABLE_OFFICER = "accountable_officer"
    POLICY_LEAD = "policy_lead"
    FINANCE = "finance"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    GUEST_MEMBER = "guest_member"
    SCHEDULER = "scheduler"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ").replace("ifr", "IFR")


class Permission(StrEnum):
    """What a page or a service asks for, as `subject:action`."""

    ACCOUNT = "account:own"
    APPEAL_LODGE = "appeal:lodge"
    APPEAL_MANAGE = "appeal:manage"
    APPEAL_REVIEW = "appeal:review"
    AUDIT_READ = "audit:read"
    CASE_CHECK = "case:check"
    CASE_DRAFT = "case:draft"
    CASE_LOG = "case:log"
    CASE_READ = "case:read"
    CASE_SCREEN = "case:screen"
    CASE_WORKLIST = "case:worklist"
    DECISION_DRAFT = "decision:draft"
    IDENTITY_READ = "identity:read"
    LETTER_RELEASE = "letter:release"
    MONITORING_COUNT = "monitoring:count"
    OPERATIONS_READ = "operations:read"
    OUTCOME_REPORT = "outcome:report"
    PANEL_MANAGE = "panel:manage"
    PANEL_REGISTER = "panel:register"
    PANEL_SIT = "panel:sit"
    PEOPLE_ADMINISTER = "people:administer"
    POLICY_EDIT = "policy:edit"
    POLICY_READ = "policy:read"
    RETENTION_REVIEW = "retention:review"
    TIMETABLE_EDIT = "timetable:edit"
    TIMETABLE_READ = "timetable:read"


_PROVIDER = {Role.CLINICIAN, Role.PROVIDER_DELEGATE}
_OFFICE = {Role.COORDINATOR, Role.SCREENER, Role.EVIDENCE_REVIEWER, Role.PANEL_SECRETARY, Role.IFR_MANAGER}
_PANEL = {Role.PANEL_MEMBER, Role.PANEL_CHAIR, Role.GUEST_MEMBER}
_EVERYONE = set(Role) - {Role.SCHEDULER}

GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.ACCOUNT: frozenset(_EVERYONE),
    Permission.APPEAL_LODGE: frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    Permission.APPEAL_MANAGE: frozenset({Role.COORDINATOR, Role.PANEL_SECRETARY, Role.IFR_MANAGER}),
    Permission.APPEAL_REVIEW: frozenset({Role.REVIEW_PANEL_MEMBER}),
    Permission.AUDIT_READ: frozenset({Role.AUDITOR, Role.IFR_MANAGER, Role.PRIVACY_OFFICER}),
    Permission.CASE_CHECK: frozenset({Role.COORDINATOR, Role.IFR_MANAGER}),
    Permission.CASE_DRAFT: frozenset(_PROVIDER | {Role.PROVIDER_APPROVER}),
    Permission.CASE_LOG: frozenset({Role.COORDINATOR}),
    Permission.CASE_READ: frozenset(
        _PROVIDER | _OFFICE | _PANEL
        | {Role.PROVIDER_APPROVER, Role.REVIEW_PANEL_MEMBER, Role.ACCOUNTABLE_OFFICER, Role.FINANCE}
    ),
    Permission.CASE_SCREEN: frozenset({Role.SCREENER, Role.IFR_MANAGER, Role.COORDINATOR}),
    Permission.CASE_WORKLIST: frozenset(_OFFICE | {Role.ACCOUNTABLE_OFFICER}),
    Permission.DECISION_DRAFT: frozenset({Role.PANEL_SECRETARY, Role.PANEL_CHAIR}),
    Permission.IDENTITY_READ: frozenset(_PROVIDER | {Role.COORDINATOR, Role.IFR_MANAGER, Role.PRIVACY_OFFICER}),
    Permission.LETTER_RELEASE: frozenset({Role.COORDINATOR, Role.IFR_MANAGER}),
    Permission.MONITORING_COUNT: frozenset({Role.IFR_MANAGER}),
    Permission.OPERATIONS_READ: frozenset({Role.ADMINISTRATOR, Role.IFR_MANAGER, Role.AUDITOR}),
    Permission.OUTCOME_REPORT: frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    Permission.PANEL_MANAGE: frozenset({Role.PANEL_SECRETARY}),
    Permission.PANEL_REGISTER: frozenset({Role.PANEL_SECRETARY, Role.IFR_MANAGER}),
    Permission.PANEL_SIT: frozenset(_PANEL),
    Permission.PEOPLE_ADMINISTER: frozenset({Role.ADMINISTRATOR}),
    Permission.POLICY_EDIT: frozenset({Role.POLICY_LEAD}),
    Permission.POLICY_READ: frozenset(_EVERYONE),
    Permission.RETENTION_REVIEW: frozenset({Role.IFR_MANAGER}),
    Permission.TIMETABLE_EDIT: frozenset({Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER}),
    Permission.TIMETABLE_READ: frozenset(_OFFICE | {Role.ACCOUNTABLE_OFFICER, Role.AUDITOR}),
}


def has(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether any of these roles carries the permission."""
    return not GRANTS[permission].isdisjoint(roles)


View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: Permission) -> Callable[[View], View]:
    """Say on a view which permission opens it. A view that says nothing opens for nobody."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Say on a view that it opens without a sign-in."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def guard_routes(app: Flask, *, unauthenticated: Callable[[], Any]) -> None:
    """Ask the permission of a view before it runs. `unauthenticated` makes the answer for somebody not signed in."""

    @app.before_request
    def ask() -> Any:
        if request.endpoint is None or request.endpoint == "static":
            return None
        view = app.view_functions[request.endpoint]
        if not hasattr(view, "permission"):
            abort(403)
        if view.permission is None:
            return None
        person: Any = current_user
        if not person.is_authenticated:
            return unauthenticated()
        if not has(person.roles, view.permission):
            abort(403)
        return None
