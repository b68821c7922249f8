"""Promises about the code itself. Each message says how to put it right."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from importlinter.cli import lint_imports

from ifr.config import HOUSE, PACKAGE

ROOMS = ("people", "policies", "cases", "screening", "panels", "decisions", "outcomes", "appeals", "reports")


def modules() -> Iterator[Path]:
    return (path for path in sorted(PACKAGE.rglob("*.py")) if "shipped" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parent))


def test_a_later_step_imports_an_earlier_one_and_never_the_reverse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOUSE)
    assert lint_imports(config_filename=str(HOUSE / "pyproject.toml"), no_cache=True) == 0, (
        "The import law is broken; `make lint` names the import. Move the function to the lowest room that knows its words."
    )


def test_every_route_says_who_may_open_it(apps: dict[str, Flask]) -> None:
    app = apps["sqlite"]
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    assert not silent, f"Put @needs(Permission...) or @public under the route of: {', '.join(sorted(silent))}"


def test_only_a_few_pages_open_without_a_sign_in(apps: dict[str, Flask]) -> None:
    app = apps["sqlite"]
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and app.view_functions[rule.endpoint].permission is None
    }
    register = {endpoint for endpoint in public if endpoint.startswith("public.")}
    ways_in = {"people.sign_in", "people.send_sign_in", "people.sign_out", "reports.home", "starting.start"}
    # The token of a calendar is its key.
    ways_in |= {"telling.feed"}
    # A monitor reads whether the service is sound: counts and moments, nothing of any request.
    ways_in |= {"operations.health"}
    assert public - register <= ways_in, (
        "A page without a sign-in shows no patient and no case; add it here only after asking who may read it."
    )


def test_nobody_commits_but_the_database_module() -> None:
    found = [
        name_of(path)
        for path in modules()
        if path.name != "db.py" and re.search(r"\.(commit|rollback)\(", path.read_text())
    ]
    assert not found, f"A request is one transaction, closed in ifr/db.py; jobs use db.transaction(). See {found}"


def test_no_view_queries() -> None:
    found = [
        name_of(path)
        for path in modules()
        if path.name == "views.py" and re.search(r"^(from|import) (sqlalchemy|ifr\.db)", path.read_text(), re.M)
    ]
    # people/views.py asks only which methods are safe.
    assert set(found) <= {"ifr/people/views.py"}, f"A view makes one call and answers; move the query of {found} to services"


def test_nobody_queries_cases_but_through_what_a_person_may_see() -> None:
    """`select(Case)` stands only in cases/; elsewhere a list of cases starts from `cases_visible_to`. Whoever runs the
    machine types commands, and the demonstration is nobody's; neither is a person with cases to see."""
    exempt = {"cases", "demo", "commands"}
    found = [
        name_of(path)
        for path in modules()
        if exempt.isdisjoint(path.parts) and re.search(r"select\(\s*Case\b", path.read_text())
    ]
    assert not found, f"Start from cases.services.cases_visible_to(user) in {found}"


def test_no_file_grows_past_its_subject() -> None:
    long = [f"{name_of(p)} ({n})" for p in modules() if (n := len(p.read_text().splitlines())) > 550]
    assert not long, f"Split by subject: {', '.join(long)}"


def test_there_is_no_room_for_odds_and_ends() -> None:
    odd = [name_of(p) for p in modules() if p.stem in ("utils", "helpers", "common", "managers", "misc")]
    assert not odd, f"Put each function where its words are at home: {odd}"


def test_only_one_module_prints_and_only_one_mails() -> None:
    for package, home in (("weasyprint", "pdf.py"), ("smtplib", "mail.py")):
        users = [name_of(p) for p in modules() if re.search(rf"^\s*(from|import) {package}", p.read_text(), re.M)]
        assert users == [f"ifr/{home}"], f"{package} is imported by {users}; ask ifr/{home} instead"


def test_nobody_asks_the_time_but_the_clock() -> None:
    asks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    found = [name_of(p) for p in modules() if p.name != "clock.py" and asks.search(p.read_text())]
    assert not found, f"Use ifr.clock.now() or today() in {found}"


def test_no_state_is_set_by_hand() -> None:
    """The only assignment to a subject's state is the machine's own."""
    found = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            found += [name_of(path) for t in targets if isinstance(t, ast.Attribute) and t.attr == "_state"]
    assert not found, f"Use workflow.move() in {found}"


# Words that mean opposite things to the two sides, or that a court has struck down; and our own words for the house. Only of
# the design of a study may "cohort" be said: it is what the study calls itself.
_NEVER_ON_A_PAGE = re.compile(
    r"\b(upheld|unique(?!-)|not exceptional|canary|pre-flight|guard|cohort(?!:? (?:cohort )?(?:or follow-up )?stud))\b", re.I
)


def test_no_page_or_label_uses_a_word_that_does_harm() -> None:
    found = []
    for folder, pattern in (("templates", "*.html"), ("templates", "*.txt")):
        for path in (HOUSE / folder).rglob(pattern):
            text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.S)
            found += [f"{path.relative_to(HOUSE)}: {m.group()}" for m in _NEVER_ON_A_PAGE.finditer(text)]
    for path in (HOUSE / "workflows").rglob("*.yaml"):
        # What a commissioner asks about when somebody writes it is named in its profile, and on no page.
        text = re.sub(r"^\s*#.*$|(?<=empty_phrases:\n)  phrases: .*$", "", path.read_text(), flags=re.M)
        found += [f"{path.relative_to(HOUSE)}: {m.group()}" for m in _NEVER_ON_A_PAGE.finditer(text)]
    assert not found, f"process.md lists the words for pages; put another in: {found}"


def test_every_letter_folder_is_used_and_whole(apps: dict[str, Flask]) -> None:
    from ifr.application import letter_folders
    from ifr.letters import LETTERS

    for name in letter_folders():
        folder = HOUSE / "templates" / "letters" / name
        missing = [f for f in ("letter.html", "email.txt", "subject.txt") if not (folder / f).exists()]
        assert not missing, f"templates/letters/{name} lacks {missing}"
    assert letter_folders() == set(LETTERS), "Each letter has one folder and one @letter function of the same name"


@pytest.mark.parametrize("word", ["TODO", "FIXME", "NotImplementedError", "pragma: no cover"])
def test_nothing_is_left_half_done(word: str) -> None:
    found = [name_of(p) for p in modules() if word in p.read_text()]
    assert not found, f"Finish what {found} leaves open"
