"""The passages of letters that a commissioner may word anew: a closed list, each with the text that we ship.

A passage is plain text with names in braces, from a closed list of its own. What stands for a name is put in once, as it
is: nothing in a passage is run.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NAMED = re.compile(r"\{([^{}]*)\}")
_OFFICE = ("commissioner", "telephone", "email")
_FACTS = ("reference", "treatment", "last_day")

# What each name stands for, as the page explains it.
NAMES = {
    "reference": "the reference of the request",
    "treatment": "the treatment that was asked for",
    "last_day": "the last day on which the decision can be challenged, in letters that have one",
    "commissioner": "the name of the commissioner",
    "telephone": "the office's telephone number",
    "email": "the office's email address",
}
SAMPLE = {"reference": "IFR-2026-0042", "treatment": "laser surgery of the spine", "last_day": "3 April 2026"}


class MissingFactError(Exception):
    """A passage names what the letter does not know. The message is for whoever lets letters go."""


@dataclass(frozen=True)
class Passage:
    """What a passage is for, the text that we ship, the names that it must hold, and whether it may be empty."""

    label: str
    text: str
    must: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def may(self) -> tuple[str, ...]:
        return tuple(name for name in (*_OFFICE, *_FACTS) if name not in self.must)


LETTER_PASSAGES: dict[str, Passage] = {
    "letter_opening_office": Passage("To clinicians: how a letter begins", "", may_be_empty=True),
    "letter_opening_patient": Passage("To patients: how a letter begins", "", may_be_empty=True),
    "letter_questions_office": Passage(
        "To clinicians: if you have a question",
        "Telephone the individual funding requests office on {telephone}, or write to {email}. Please quote the reference "
        "{reference}, and never the patient’s name, in the subject of an e-mail.",
        ("telephone", "reference"),
    ),
    "letter_talk_patient": Passage(
        "To patients: if you want to talk to someone",
        "Call us on {telephone}. Ask for the individual funding requests office. Tell us this number: {reference}.",
        ("telephone", "reference"),
    ),
    "letter_help_patient": Passage(
        "To patients: who can help",
        "You can also ask PALS for help. PALS is the Patient Advice and Liaison Service. It is free. Your hospital can tell "
        "you how to reach it.",
    ),
    "letter_other_way_patient": Passage(
        "To patients: if you need this letter in another way",
        "We can send it in large print, in braille, in easy read or as a sound file. We can send it in another language. "
        "Call us on {telephone} and tell us what you need.",
        ("telephone",),
    ),
    "letter_something_new_office": Passage(
        "To clinicians: something new",
        "If there is information that was not before us and that could change the answer, send it to us and ask for a "
        "reconsideration. Say what is new, and which question or point it answers. Two people will say of each item whether "
        "it is new and whether it could change the answer.",
    ),
    "letter_something_new_patient": Passage(
        "To patients: something new",
        "Is there something that we did not know? Ask your clinician to send it to us. We can then look again.",
    ),
    "letter_complain_office": Passage(
        "To clinicians: complain",
        "You or the patient can complain under the NHS complaints procedure about how the request was handled. Write to "
        "{commissioner}, or telephone {telephone}. A complaint does not itself change the decision.",
        ("telephone",),
    ),
    "letter_complain_patient": Passage(
        "To patients: complain",
        "Are you not happy with how we dealt with this? You can make a complaint. Call us or write to us. A complaint does "
        "not change our decision by itself.",
    ),
    "letter_ombudsman_office": Passage(
        "To clinicians: the Ombudsman",
        "Whoever is not satisfied with our answer to a complaint can go to the Parliamentary and Health Service Ombudsman: "
        "telephone 0345 015 4033, www.ombudsman.org.uk. The Ombudsman as a rule asks that the complaint has come to us first.",
    ),
    "letter_ombudsman_patient": Passage(
        "To patients: the Ombudsman",
        "Are you not happy with our answer to your complaint? Then you can go to the Parliamentary and Health Service "
        "Ombudsman. It is free. Call 0345 015 4033, or go to www.ombudsman.org.uk.",
    ),
}


def sayer(texts: Mapping[str, str], values: Mapping[str, str], *, strict: bool) -> Callable[[str], str]:
    """What gives the text of a passage by its name. A fact that the letter does not know is named as not known, or where
    `strict` raises MissingFactError."""

    def say(name: str) -> str:
        passage = LETTER_PASSAGES[name]

        def word(found: re.Match[str]) -> str:
            asked = found.group(1)
            if asked not in passage.may and asked not in passage.must:
                return found.group()
            if strict and not values.get(asked):
                raise MissingFactError(
                    f"The passage “{passage.label}” names {{{asked}}}, and this letter has none. Word the passage anew."
                )
            return values.get(asked) or "(not known)"

        return _NAMED.sub(word, texts.get(name, passage.text))

    return say
