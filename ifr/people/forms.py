"""The sign-in form."""

import re

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired, InputRequired, Length

from ifr.pages import plain_text

# A browser takes "//host" and "/\host" for another site's address, and drops tabs and line ends before it looks.
_OUR_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*\Z")


def our_own_path(target: str | None) -> str:
    """An address to go on to, if it lies within this service; else the first page."""
    return target if target and _OUR_OWN_PATH.match(target) else "/"


class SignInForm(FlaskForm):
    """Address and password, where the person wanted to go, and what he or she had typed when the sign-in lapsed."""

    email = EmailField(
        "Email address",
        filters=[plain_text],
        validators=[
            DataRequired("Enter your email address"),
            Length(max=254, message="Email address must be 254 characters or fewer"),
        ],
    )
    password = PasswordField("Password", validators=[InputRequired("Enter your password")])
    next = HiddenField()
    kept = HiddenField()

    @property
    def destination(self) -> str:
        return our_own_path(self.next.data)
