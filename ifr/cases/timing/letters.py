"""What the letter states that explains a date. No identity, and nothing that anybody typed."""

from ifr import clock
from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.cases.timing.ledger import Entry, date_of, entries, figures_of
from ifr.cases.timing.services import chosen_to_explain
from ifr.letters import Facts, letter


@letter("deadline_explained")
def deadline_explained(case: Case) -> Facts:
    chosen = chosen_to_explain(case)
    assert chosen is not None  # the guard has found it
    entry = entries(case, [date_of(case, chosen.deadline_id)], office=False)[0]
    figures = figures_of(case, office=False)
    return {
        **about(case),
        **_date(entry),
        "figures": {"ours": figures.ours, "others": figures.others, "all": figures.since_receipt} if figures else None,
        "counted_on": clock.today().isoformat(),
    }


def _date(entry: Entry) -> Facts:
    since = entry.paused_since
    return {
        "date": entry.label,
        "rule": entry.rule,
        "for_urgent": entry.for_urgent,
        "how_counted": entry.how_counted,
        "source": entry.deadline.source,
        "day_zero": entry.day_zero,
        "due_on": entry.due_on.isoformat() if entry.due_on else None,
        "paused_since_on": clock.day_of(since).isoformat() if since else None,
        "earliest_on": entry.earliest_on.isoformat() if entry.earliest_on and since else None,
        "done_on": clock.day_of(entry.deadline.met_at).isoformat() if entry.deadline.met_at else None,
        "pauses": [
            {
                "because": one.because,
                "since_on": clock.day_of(one.since_at).isoformat(),
                "until_on": clock.day_of(one.until_at).isoformat() if one.until_at else None,
            }
            for one in entry.stops
        ],
        "extensions": [
            {"length": one.length, "given_on": clock.day_of(one.at).isoformat(), "source": one.source} for one in entry.more
        ],
        "day_by_day": [
            {"on": line.on.isoformat(), "weekday": f"{line.on:%A}", "number": line.number, "words": line.words}
            for line in entry.lines
        ],
    }
