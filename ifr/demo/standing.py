"""The standing panels of the demonstration, and what their members have declared."""

from datetime import date, timedelta

from ifr import clock
from ifr.demo import accounts
from ifr.demo.walk import once
from ifr.panels.members import declared, services
from ifr.panels.members.declared import InterestTyped
from ifr.panels.members.services import Place

# Who, in what capacity, whose deputy, and for how many days from today where the term has an end.
PLACES = (
    ("helen_chairs", "chair", None, 700),
    ("derek_deputy", "deputy_chair", "helen_chairs", 430),
    ("omar_member", "deputy_chair", "helen_chairs", 430),
    ("mina_member", "member", None, 430),
    ("nina_member", "member", None, 430),
    ("leo_lay", "member", None, None),
    ("ruth_lay", "member", "leo_lay", 40),
)
CONFIRMED = ("helen_chairs", "derek_deputy", "mina_member", "nina_member", "leo_lay", "omar_member")


def load() -> None:
    """Put the panels of both commissioners on the register, in the transaction that is open."""
    secretary = accounts.user("stan_minutes")
    bodies = [accounts.organisation(slug).id for slug in accounts.BOTH]
    for key, capacity, deputy_of, days in PLACES:
        place = Place(
            capacity, accounts.user(deputy_of).id if deputy_of else None, accounts.FROM,
            clock.today() + timedelta(days=days) if days else None, date(2026, 3, 10),
        )  # fmt: skip
        services.add(accounts.user(key).id, bodies, place, once=once(), by=secretary)
    hospital = accounts.organisation(accounts.CE_TRUST)
    omar = accounts.user("omar_member")
    declared.add(
        InterestTyped("employment", hospital.id, department="Dermatology", from_on=date(2019, 4, 1)), once=once(), by=omar
    )
    declared.add(InterestTyped("practice", practice="Market Surgery"), once=once(), by=accounts.user("nina_member"))
    for key in CONFIRMED:
        user = accounts.user(key)
        declared.confirm(nothing=not declared.own_register(user).entries, once=once(), by=user)
