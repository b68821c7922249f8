"""What a commissioner decides about a treatment, and what it then asks of a clinician before treating."""

from enum import StrEnum


class Position(StrEnum):
    """What a commissioner has decided about a treatment."""

    ROUTINELY_COMMISSIONED = "routinely_commissioned"
    CRITERIA_BASED = "criteria_based"
    NOT_ROUTINELY_COMMISSIONED = "not_routinely_commissioned"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        return _POSITION_WORDS[self]


class Mechanism(StrEnum):
    """What a clinician does before treating a patient who meets the criteria."""

    NONE = "none"
    MONITORED = "monitored"
    PRIOR_APPROVAL = "prior_approval"

    @property
    def words(self) -> str:
        return _MECHANISM_WORDS[self]


_MECHANISM_WORDS = {
    Mechanism.NONE: "No approval is asked",
    Mechanism.MONITORED: "Treated without asking; the records are looked at afterwards",
    Mechanism.PRIOR_APPROVAL: "Approval is asked before treatment",
}
_POSITION_WORDS = {
    Position.ROUTINELY_COMMISSIONED: "Routinely commissioned",
    Position.CRITERIA_BASED: "Commissioned where criteria are met",
    Position.NOT_ROUTINELY_COMMISSIONED: "Not routinely commissioned",
    Position.UNKNOWN: "Not stated",
}
