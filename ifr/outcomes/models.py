"""What becomes of a treatment that was funded: its start, the reports that are due, and an ending of the funding."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model

_NOT_ASKED = text("asked_at IS NULL AND waived_at IS NULL")

# How a result stands against the baseline, and what the clinician advises.
AGAINST_BASELINE = {
    "better": "Better than before treatment",
    "same": "The same as before treatment",
    "worse": "Worse than before treatment",
    "not_measured": "It could not be measured",
}
STOPPING_RULE = {"no": "No", "yes": "Yes", "unclear": "Not clear"}
RECOMMENDATION = {"continue": "Continue", "stop": "Stop", "none": "No recommendation: treatment is complete"}


class FollowUp(Model):
    """The follow-up of one funding decision. It begins when the move `start_treatment` is made on it."""

    __tablename__ = "follow_ups"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"), unique=True)
    started_on: Mapped[date]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    baseline: Mapped[str] = mapped_column(default="")
    measure: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    began_at: Mapped[datetime | None]


class ReportDue(Model):
    """One report that is owed, on a day where one is set; or waived, with the reason."""

    __tablename__ = "reports_due"
    __table_args__ = (
        UniqueConstraint("follow_up_id", "number"),
        Index("ix_reports_due_ask_on", "ask_on", "id", sqlite_where=_NOT_ASKED, postgresql_where=_NOT_ASKED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"))
    number: Mapped[int]
    label: Mapped[str]
    due_on: Mapped[date | None]
    # From when the clinician is asked for it, and when that was done.
    ask_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    waived_because: Mapped[str | None]
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    waived_at: Mapped[datetime | None]


class Report(Model):
    """What the clinician reports of the treatment: a draft until the move `report_result` sends it."""

    __tablename__ = "treatment_reports"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    due_id: Mapped[int | None] = mapped_column(ForeignKey("reports_due.id"))
    number: Mapped[int]
    period: Mapped[str]
    measure_value: Mapped[str]
    against_baseline: Mapped[str]
    adverse_events: Mapped[str]
    stopping_rule_met: Mapped[str]
    recommendation: Mapped[str]
    written_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]


class FundingEnd(Model):
    """Why the funding of a treatment in progress ends, what the clinician said to it, and until when it runs on."""

    __tablename__ = "funding_ends"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), unique=True)
    heard_on: Mapped[date]
    clinician_view: Mapped[str]
    wind_down_on: Mapped[date]
    reasons: Mapped[str]
    plain_reasons: Mapped[str]
    would_change: Mapped[str] = mapped_column(default="")
    authority: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class Extension(Model):
    """A later day until which the funding of one decision may be used."""

    __tablename__ = "funding_extensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"), index=True)
    valid_until_on: Mapped[date]
    move_id: Mapped[int] = mapped_column(ForeignKey("moves.id"), unique=True)


def is_overdue(due: ReportDue, sent: bool) -> bool:
    """Late when the day is over in London and nothing was sent or waived."""
    return not sent and due.waived_at is None and due.due_on is not None and clock.now() >= clock.end_of(due.due_on)
