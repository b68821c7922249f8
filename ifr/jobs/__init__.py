"""What the clock does, one line each.

A job finds what is due and acts on each item in a transaction of its own, so that a worker which is killed leaves nothing
half done: what was not committed is found again by the next one. Several machines may run a worker; one of them acts.
"""

import threading
from datetime import timedelta
from functools import partial

from flask import Flask

from ifr import documents
from ifr.cases.evidence import reading as evidence
from ifr.jobs import running
from ifr.jobs.issuing import issue_letters
from ifr.jobs.leading import Leadership
from ifr.jobs.mails import send_mails
from ifr.jobs.running import Job
from ifr.panels.pack import services as packs
from ifr.policies.editing import importing
from ifr.telling import digests
from ifr.timetable import at_once, interests, put_off, reminders, reported, results, retention, reviews
from ifr.timetable.holidays import applying

__all__ = ["JOBS", "Job", "Leadership", "issue_letters", "run", "send_mails", "tick"]

OFTEN, EACH_MINUTE, EACH_HOUR, EACH_DAY = timedelta(), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

JOBS: tuple[Job, ...] = (
    # Before the reminders, which go by the day that a deadline has.
    Job("move_dates", "Move dates after a change of the days off", OFTEN, applying.waiting, applying.move_dates, str),
    # Before the letters, so that a warning that a plan brings leaves in the same turn.
    Job("remind", "Remind and propose by the plans of deadlines", OFTEN, reminders.due, reminders.act, reminders.stream_of),
    Job("issue", "Issue the letters that were released", OFTEN, whole=issue_letters),
    Job("digest", "Write the summaries of what is new", EACH_MINUTE, due=digests.due, act=digests.take_turn),
    Job("mail", "Send mails", OFTEN, whole=send_mails),
    Job("read_evidence", "Scan and read the files of requests", OFTEN, whole=evidence.work_through),
    Job("packs", "Make the packs of panels", OFTEN, whole=packs.make_waiting),
    Job("read_policies", "Read policies that were sent in", OFTEN, whole=partial(importing.read_waiting, 10)),
    Job("results", "Ask for reports on treatments", EACH_HOUR, results.due, results.act, results.stream_of),
    Job("upkeep", "Remind of reviews of policies and of questions", EACH_HOUR, reviews.due, reviews.act),
    Job("interests", "Remind members to confirm their registers of interests", EACH_DAY, interests.due, interests.act),
    Job("receive", "Bring urgent decisions before the next meeting", EACH_MINUTE, reported.due, reported.act, reported.stream_of),
    Job("report_urgent", "Report urgent decisions for life or limb at once", OFTEN, at_once.due, at_once.act, at_once.stream_of),
    Job("put_off", "Tell of requests that were put off often", EACH_MINUTE, put_off.due, put_off.act, put_off.stream_of),
    Job("retention", "List records that were kept for long enough", EACH_DAY, retention.due, retention.act, retention.stream_of),
    Job("sweep", "Remove stored files that nothing refers to", EACH_DAY, documents.without_a_row, documents.remove_without_a_row),
)


def tick(app: Flask) -> dict[str, int]:
    """Do what is due now of every job, and say how much of each was done."""
    return running.run_all(app, JOBS)


def run(app: Flask, stop: threading.Event) -> None:
    """Be a worker until `stop` is set."""
    running.run(app, stop, JOBS)
