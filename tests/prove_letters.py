"""Every letter of every machine, with all that it may say and with the least, through the rules of PDF/UA-1 and PDF/A-3a."""

from flask import Flask, render_template

from ifr import clock, letters, pages, pdf
from ifr.cases.post.models import PrintRun
from ifr.cases.post.services import Sheet
from ifr.config import HOUSE, Config
from ifr.jobs import decision_data
from tests import pdf_rules
from tests.databases import NOW
from tests.letters import FULL, ISSUED, LAST_DAY, SPARSE, a_row, html_of

FACTS = {"full": FULL, "sparse": SPARSE}
# So many files are handed to the validator at once.
AT_ONCE = 40


def files() -> dict[str, bytes]:
    """Each letter as a file, by its name and how much it says."""
    made = {}
    names = sorted(one.parent.name for one in (HOUSE / "templates" / "letters").glob("*/letter.html"))
    for name in names:
        if name == "_base":
            continue
        for much, facts in FACTS.items():
            row = a_row(name, facts)
            inside = decision_data.attachments(row, issued_on=ISSUED, dates={"window_ends_on": LAST_DAY})
            html = html_of(name, facts)
            made[f"{name}, {much}"] = pdf.render(
                html, title=letters.title_in(html), attachments=inside, identifier=f"{name}-{much}"
            )
    cover = render_template(
        "cases/post/cover.html", run=PrintRun(id=1, printed_at=NOW), by="Carol Hume",
        sheets=[Sheet("IFR-2026-0001", "the patient", 2)],
    )  # fmt: skip
    made["cover list of a print run"] = pdf.render(cover, title="Letters to post", identifier="cover")
    return made


def prove() -> list[pdf_rules.Verdict]:
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    with app.test_request_context(), clock.at(NOW):
        made = list(files().items())
    found: list[pdf_rules.Verdict] = []
    for begin in range(0, len(made), AT_ONCE):
        found += pdf_rules.verdicts(dict(made[begin : begin + AT_ONCE]))
    return found


def as_page(found: list[pdf_rules.Verdict]) -> str:
    """Part of docs/reliability.md. Fails where a file breaks a rule, and says which."""
    broken = [f"{one.file} ({one.rules}): {rule}" for one in found for rule in one.broken]
    assert not broken, "\n".join(broken)
    rows = "".join(
        f"| {rules} | {len(mine)} | {sum(one.checks for one in mine):,} | 0 |\n"
        for rules in pdf_rules.PROFILES.values()
        if (mine := [one for one in found if one.rules == rules])
    )
    return f"""
## Letters as files

Every letter, with all that it may say and with the least, and the list on top of a print run went through the rules of PDF/UA-1
(for people who listen to a page) and of PDF/A-3a (for archives), by the engine of veraPDF. The run fails where one rule is
broken. Letters that tell a decision carry `decision.json`.

| rules | files | checks | rules broken |
|---|---|---|---|
{rows}"""


if __name__ == "__main__":
    print(as_page(prove()))
