"""What is typed about a treatment that was funded."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ifr.outcomes.models import AGAINST_BASELINE, RECOMMENDATION, STOPPING_RULE
from ifr.pages import DayField, MarkField, VersionField, offered, plain_text

LONGEST = 20_000
TOO_LONG = f"This is longer than {LONGEST:,} characters. Shorten it, or send it as a document."


class _WithSeen(FlaskForm):
    """A form that says from which version of the request its page was made."""

    seen = VersionField()



def _text(label: str, missing: str, hint: str = "") -> TextAreaField:
    short = Length(max=LONGEST, message=TOO_LONG)
    return TextAreaField(label, filters=[plain_text], description=hint, validators=[InputRequired(missing), short])


def _line(label: str, missing: str, hint: str = "") -> StringField:
    short = Length(max=200, message="Shorten this to 200 characters")
    return StringField(label, filters=[plain_text], description=hint, validators=[InputRequired(missing), short])


def _day(label: str, missing: str, hint: str = "") -> DayField:
    return DayField(label, description=hint, validators=[InputRequired(missing)])


def _choice(label: str, choices: dict[str, str], missing: str) -> RadioField:
    return RadioField(label, choices=offered(choices.items()), validators=[InputRequired(missing)])


class StartForm(_WithSeen):
    started_on = _day("Day on which treatment started", "Enter the day on which treatment started")
    baseline = _text(
        "Baseline", "Enter the baseline, from which the result is measured",
        "The measure as it stood before treatment, with its date. Do not name the patient.",
    )
    measure = _text("What is measured", "Enter what is measured", "The scale or test that shows whether the treatment works.")

    @property
    def values(self) -> dict[str, Any]:
        return {"started_on": self.started_on.data, "baseline": self.baseline.data, "measure": self.measure.data}


class ReportForm(_WithSeen):
    once = MarkField()
    due_id = SelectField("Which report is this?", coerce=str)
    period = _line("Period", "Enter the period that the report covers", "For example: the first 3 months of treatment")
    measure_value = _text("Result", "Enter the result", "The measure as it stands now, with its date. Do not name the patient.")
    against_baseline = _choice("Against the baseline", AGAINST_BASELINE, "Choose how the result stands against the baseline")
    adverse_events = _text(
        "Adverse events", "Enter the adverse events, or that there were none", "Write “None” if there were none."
    )
    stopping_rule_met = _choice(
        "Has the rule for stopping been met?", STOPPING_RULE, "Choose whether the rule for stopping has been met"
    )
    recommendation = _choice("What do you recommend?", RECOMMENDATION, "Choose what you recommend")

    def offer(self, dues: list[tuple[int, str]]) -> "ReportForm":
        """The reports that are owed, and the one that nobody asked for."""
        self.due_id.choices = offered([*dues, ("", "A report that was not asked for")])
        return self

    @property
    def values(self) -> dict[str, Any]:
        names = ("period", "measure_value", "against_baseline", "adverse_events", "stopping_rule_met", "recommendation")
        return {"due_id": int(self.due_id.data) if self.due_id.data else None, **{n: self[n].data for n in names}}


class PlanForm(_WithSeen):
    once = MarkField()
    label = _line("What is to be reported", "Enter what is to be reported")
    due_on = _day("Due on", "Enter the day on which the report is due")

    @property
    def values(self) -> dict[str, Any]:
        return {"label": self.label.data, "due_on": self.due_on.data, "once": self.once.data}


class WaiveForm(_WithSeen):
    reason = _text("Why is this report not needed?", "Enter why this report is not needed")


class EndingForm(_WithSeen):
    heard_on = _day("Day on which the clinician was heard", "Enter the day on which the clinician was heard")
    clinician_view = _text(
        "The clinician’s view", "Enter the clinician’s view", "What the requesting clinician said to ending the funding."
    )
    wind_down_on = _day(
        "Last day of funding", "Enter the last day of funding", "Long enough for the treatment to be wound down safely."
    )
    reasons = _text("Reasons", "Enter the reasons", "They go into the letter to the clinician.")
    plain_reasons = _text("Reasons for the patient, in plain English", "Enter the reasons for the patient")
    would_change = TextAreaField(
        "What would change this decision", filters=[plain_text], validators=[Length(max=LONGEST, message=TOO_LONG)]
    )
    authority = SelectField("Authority", validators=[InputRequired("Choose the authority for ending the funding")])

    def offer(self, authorities: list[tuple[str, str]]) -> "EndingForm":
        self.authority.choices = offered(authorities)
        return self

    @property
    def values(self) -> dict[str, Any]:
        names = ("heard_on", "clinician_view", "wind_down_on", "reasons", "plain_reasons", "would_change", "authority")
        return {n: self[n].data for n in names}
