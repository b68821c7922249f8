"""What the clock does, one line each.

A job finds what is due and acts on each item in a transaction of its own, so that a worker which is killed leaves nothing
half done: what was not committed is found again by the next one. Several machines may run a worker; one of them acts.
"""

import threading
from datetime import timedelta
from functools import partial

from flask import Flask

from ifr.cases.evidence import reading as evidence
from ifr.jobs import running
from ifr.jobs.issuing import issue_letters
from ifr.jobs.leading import Leadership
from ifr.jobs.mails import send_mails
from ifr.jobs.running import Job
from ifr.policies.editing import importing

__all__ = ["JOBS", "Job", "Leadership", "issue_letters", "run", "send_mails", "tick"]

OFTEN, EACH_MINUTE, EACH_HOUR = timedelta(), timedelta(minutes=1), timedelta(hours=1)

JOBS: tuple[Job, ...] = (
    Job("issue", "Issue the letters that were released", OFTEN, whole=issue_letters),
    Job("mail", "Send mails", OFTEN, whole=send_mails),
    Job("read_evidence", "Scan and read the files of requests", OFTEN, whole=evidence.work_through),
    Job("read_policies", "Read policies that were sent in", OFTEN, whole=partial(importing.read_waiting, 10)),
)


def tick(app: Flask) -> dict[str, int]:
    """Do what is due now of every job, and say how much of each was done."""
    return running.run_all(app, JOBS)


def run(app: Flask, stop: threading.Event) -> None:
    """Be a worker until `stop` is set."""
    running.run(app, stop, JOBS)
