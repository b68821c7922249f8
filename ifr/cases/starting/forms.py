"""The page of ticks: for whom a request is begun, what is true of it, and why it is sent all the same."""

from typing import Any

from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import Length

from ifr.cases.drafts.forms import StartForm
from ifr.cases.drafts.reading import LONGEST_LINE
from ifr.cases.starting.address import FromLink, read_link
from ifr.pages import plain_text


class BeforeForm(StartForm):
    """What is asked before a request is begun. `then` says which button was pressed on the page that advises."""

    ticks = SelectMultipleField(
        "Which of these are true?", description="Tick all that apply. None of them stops you.", validate_choice=False
    )
    because = StringField(
        "Why do you send it all the same?",
        description="One line. The funding office reads it",
        filters=[plain_text],
        validators=[Length(max=LONGEST_LINE, message=f"This must be {LONGEST_LINE} characters or fewer.")],
    )
    treatment = HiddenField()
    indication = HiddenField()

    @property
    def link(self) -> FromLink:
        """What a link brought, read again from what the page carried."""
        return read_link({"treatment": self.treatment.data or "", "indication": self.indication.data or ""})

    @property
    def beginning(self) -> dict[str, Any]:
        """What the service needs to make the draft."""
        return {
            **self.values, "ticks": list(self.ticks.data or []),
            "because": self.because.data or "", "answers": self.link.answers,
        }  # fmt: skip

    @property
    def ending(self) -> dict[str, Any]:
        names = ("once", "ticks", "commissioner_id", "provider_id")
        return {name: value for name, value in self.beginning.items() if name in names}
