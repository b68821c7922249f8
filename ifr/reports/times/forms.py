"""The day that somebody assumes."""

from wtforms import Form
from wtforms.validators import InputRequired

from ifr.pages import DayField


class WhatIfForm(Form):
    """A day, asked for in an address: nothing is changed by it."""

    on = DayField("The day", validators=[InputRequired("Enter the day")])
