"""What can be typed to find a policy in the public register."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length

from ifr.pages import plain_text
from ifr.policies.public import services


class FindForm(FlaskForm):
    """Nothing is changed by a search, so it goes by address and needs no token."""

    class Meta:
        csrf = False

    words = StringField(
        "Words",
        description="In the title, the reference or the name of the treatment",
        filters=[plain_text],
        validators=[Length(max=200, message="Use 200 characters or fewer")],
    )
    body = SelectField("Commissioner", default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body.choices = [("", "Every commissioner"), *((one.slug, one.name) for one in services.bodies())]
