"""What can be typed to find a policy."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length, ValidationError

from ifr.pages import plain_text
from ifr.policies import services
from ifr.policies.codes import CodeError


class SearchForm(FlaskForm):
    """Nothing is changed by a search, so it goes by address and needs no token."""

    class Meta:
        csrf = False

    commissioner = SelectField("Commissioner", default="")
    words = StringField(
        "Words",
        description="In the title, the reference or the name of the treatment",
        filters=[plain_text],
        validators=[Length(max=200, message="Use 200 characters or fewer")],
    )
    code = StringField(
        "Code",
        description="A procedure (OPCS-4) or a diagnosis (ICD-10), such as A75.2 or R61.0",
        filters=[plain_text],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commissioner.choices = [("", "Every commissioner"), *services.commissioners()]

    def validate_code(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            services.readings(field.data)
        except CodeError:
            raise ValidationError(
                "Enter a code as a letter and two digits, with or without more digits, such as A75.2 or R61.0"
            ) from None
