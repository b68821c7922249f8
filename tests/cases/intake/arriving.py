"""What the tests of intake share: e-mails as they are saved, something kept, and a request logged from it."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from ifr import clock
from ifr.cases.intake import services
from ifr.cases.intake.arrived import EMAIL
from ifr.demo import accounts

ARRIVED = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
FORM = """Individual funding request

Patient name: Ann Example
NHS number: 999 100 0003
Date of birth:
1 2 1970
Diagnosis (with stage): Arthritis of the ankle
Treatment requested: Ankle fusion
Contact telephone: 01632 960222
"""


def mail(text: str = FORM, *, attached: tuple[tuple[str, bytes], ...] = (), **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Dr Pat Sender <pat@hospital.example>"
    message["Subject"] = "Request for Ann Example"
    message["Date"] = "Wed, 18 Nov 2026 09:30:00 +0000"
    for name, value in headers.items():
        del message[name]
        if value:
            message[name] = value
    message.set_content(text)
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def kept(content: bytes | None = None, *, name: str = "request.eml", way: str = EMAIL, **more):
    return services.keep(
        by=accounts.user("carol_office"), commissioner_id=accounts.organisation(accounts.CE).id, way=way,
        content=mail() if content is None else content, name=name, **more,
    )  # fmt: skip


def said(**more):
    answers = {
        "values": {"treatment": "Ankle fusion", "condition": "Arthritis"},
        "patient": {"name": "Ann Example", "nhs_number": "9991000003", "born_on": "1 2 1970"},
        "arrived_at": clock.now() - timedelta(days=3),
        "provider_id": accounts.organisation(accounts.CE_TRUST).id,
        **more,
    }
    return services.Logging(**answers)


def logged(row=None, **more):
    return services.log_on_behalf(row or kept(), said(**more), by=accounts.user("carol_office"))
