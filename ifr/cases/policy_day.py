"""The day whose policies count for a request: of the referral, of the receipt, or of the decision, as the profile says."""

from dataclasses import dataclass
from datetime import date

from ifr import clock
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import answers_of
from ifr.pages import day
from ifr.profiles import Profile


@dataclass(frozen=True)
class PolicyDay:
    """The day whose policies count, which day of the request that is, and why, in a sentence."""

    on: date
    basis: str
    because: str

    @property
    def words(self) -> str:
        return f"The policy of {day(self.on)} counts: {self.because}"

    def as_frozen(self) -> dict[str, str]:
        """As it is kept with what the register said on that day."""
        return {"on": self.on.isoformat(), "basis": self.basis, "basis_words": self.words}


def policy_day(case: Case, profile: Profile | None = None) -> PolicyDay:
    """The day whose policies count, as the commissioner's profile names it: the one that the case keeps, unless another is
    given. Where the request does not give the day of the referral, the day on which it came in stands for it; before it
    has come in, today."""
    named = (profile or case.profile).policy_date
    if named == "decision":
        return PolicyDay(
            clock.today(), named, "today, until the request is decided, since this commissioner's profile names that day."
        )
    if named == "receipt":
        return _day_of_receipt(case)
    return _day_of_referral(case)


def _day_of_receipt(case: Case) -> PolicyDay:
    if case.received_on is None:
        return PolicyDay(
            clock.today(),
            "receipt",
            "today, until the request is sent, since this commissioner's profile names the day on which it comes in.",
        )
    return PolicyDay(
        case.received_on, "receipt", "the day on which the request came in, as this commissioner's profile says."
    )


def _day_of_referral(case: Case) -> PolicyDay:
    received = case.received_on or clock.today()
    referred = identity.read_day(answers_of(case).get("referred_on", "").strip())
    if referred is not None and referred <= received:
        return PolicyDay(referred, "referral", "the day of the referral, as this commissioner's profile says.")
    stands = "the day on which the request came in" if case.received_on else "today, until the request is sent"
    why = "which the request gives as a later day" if referred else "which the request does not give"
    return PolicyDay(
        received, "receipt", f"{stands}. This commissioner's profile names the day of the referral, {why}."
    )
