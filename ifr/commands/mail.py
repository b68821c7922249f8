"""`ifr mail bounced`: what mail servers report of our mails."""

import sys

import click

from ifr import mail as mails
from ifr.commands.service import service
from ifr.db import transaction
from ifr.mail import BOUNCED
from ifr.people.services import command
from ifr.telling import delivery


@click.group()
def mail() -> None:
    """Mails that the service sent."""


@mail.command()
def bounced() -> None:
    """Read a delivery report (RFC 3464) from standard input, and note that the mail came back or was delivered.

    For the mailbox that IFR_MAIL_FROM names: let its server pipe every message into this command.
    """
    message = sys.stdin.buffer.read()
    try:
        message_id, state = delivery.read_report(message)
    except delivery.NoReportError as fault:
        raise click.ClickException(str(fault)) from None
    if state is None:
        click.echo("The report settles nothing yet; nothing was noted.")
        return
    with service(), transaction():
        row = mails.with_message_id(message_id)
        if row is None:
            raise click.ClickException("No mail of ours has the Message-ID that this report names.")
        noted = delivery.reported(row, state, by=command("mail-bounced"))
    said = "came back" if state == BOUNCED else "was delivered"
    click.echo(f"The mail {said}." if noted else "That was on record already.")
