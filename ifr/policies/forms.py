"""What can be typed to find a policy, and to ask which one applies."""

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length, ValidationError

from ifr import clock
from ifr.pages import DayField, chosen_number, offered, plain_text
from ifr.policies import services
from ifr.policies.codes import CodeError
from ifr.policies.positions import Position
from ifr.policies.standing import Status

_SHORT = Length(max=200, message="Use 200 characters or fewer")
# Where a published version can stand.
_STANDINGS = (
    Status.IN_FORCE, Status.STATIC, Status.NOT_YET_IN_FORCE, Status.SUPERSEDED, Status.ENDED, Status.WITHDRAWN,
)  # fmt: skip


class _ByAddress(FlaskForm):
    """Nothing is changed by a question, so it goes by address and needs no token."""

    class Meta:
        csrf = False


class SearchForm(_ByAddress):
    commissioner = SelectField("Commissioner", default="")
    words = StringField(
        "Words",
        description="Beginnings of words in the title, the reference, the treatment or the condition",
        filters=[plain_text],
        validators=[_SHORT],
    )
    code = StringField(
        "Code",
        description="A procedure (OPCS-4) or a diagnosis (ICD-10), such as A75.2 or R61.0",
        filters=[plain_text],
    )
    category = StringField(
        "Category", description="As the policy prints it, such as Dermatology", filters=[plain_text], validators=[_SHORT]
    )
    position = SelectField(
        "Position", default="", choices=offered([("", "Any position"), *((one, one.words) for one in Position)])
    )
    status = SelectField("Status", default="", choices=offered([("", "Any status"), *((one, one.words) for one in _STANDINGS)]))
    on = DayField("Status on", description="Leave empty for today")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commissioner.choices = offered([("", "Every commissioner"), *services.commissioners()])

    def validate_code(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            services.readings(field.data)
        except CodeError:
            raise ValidationError(
                "Enter a code as a letter and two digits, with or without more digits, such as A75.2 or R61.0"
            ) from None


class WhichForm(_ByAddress):
    """A question to the register. The criteria of the statement found are marked in fields of their own, which name the
    statement, so that a mark never falls on another policy's criterion."""

    commissioner = SelectField("Commissioner")
    treatments = StringField(
        "Procedure codes",
        description="OPCS-4, with commas between, such as A75.2, A75.9",
        filters=[plain_text],
        validators=[_SHORT],
    )
    words = StringField("Name of the treatment", filters=[plain_text], validators=[_SHORT])
    indications = StringField(
        "Diagnosis codes",
        description="ICD-10, with commas between, such as R61.0",
        filters=[plain_text],
        validators=[_SHORT],
    )
    area = StringField(
        "Area",
        description="Where the patient’s GP practice is, such as Luton",
        filters=[plain_text],
        validators=[Length(max=80, message="Use 80 characters or fewer")],
    )
    on = DayField("Day", description="Leave empty for today")
    claimed = SelectField("Eligibility that is claimed", default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commissioner.choices = offered(services.commissioners())
        clauses = services.eligibility_clauses(self.commissioner.data or "")
        shown = {str(one.number): f"{one.number}. {one.words[:150]}" for one in clauses}
        self.claimed.choices = offered([("", "None"), *shown.items()])

    def question(self) -> dict[str, Any]:
        """What was typed, as `services.which` takes it."""
        return {
            "commissioner": self.commissioner.data,
            "area": self.area.data or None,
            "treatment_codes": _parts(self.treatments.data),
            "treatment_words": self.words.data or None,
            "indication_codes": _parts(self.indications.data),
            "on": self.on.data or clock.today(),
            "claimed": chosen_number(self.claimed.data),
        }


def _parts(typed: str | None) -> list[str]:
    return [one.strip() for one in re.split(r"[,;\n]", typed or "") if one.strip()]


def mark_name(statement_id: int | None, number: int) -> str:
    """The name of the field in which a criterion is marked."""
    return f"met-{statement_id}-{number}"


def marks_in(typed: Any, statement_id: int | None, numbers: list[int]) -> dict[int, bool]:
    """What was marked of these criteria; what is neither yes nor no is not marked."""
    said = {number: typed.get(mark_name(statement_id, number)) for number in numbers}
    return {number: answer == "yes" for number, answer in said.items() if answer in ("yes", "no")}
