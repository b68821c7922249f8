"""Notes of members before the discussion: only where the commissioner wants them, and no vote."""

import pytest
from flask import Flask

from ifr.cases.models import Case
from ifr.decisions import reading as decisions
from ifr.demo import accounts, walk
from ifr.panels import notes
from ifr.workflow import Invalid, NotVisible
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY


def test_notes_are_kept_before_the_discussion_where_the_commissioner_wants_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        case = walking.ready()
        meeting = walking.planned(case)
        item = walking.listed(case, meeting)
        walking.opened(meeting)
        walking.declared(case, conflict="omar_member")
        nina = accounts.user("nina_member")
        with pytest.raises(Invalid, match="only where the commissioner allows them"):
            notes.write_note(item, case, text="The scar decides it.", by=nina)
        profile = case.profile
        with_notes = profile.model_copy(update={"panel": profile.panel.model_copy(update={"notes_before": True})})
        monkeypatch.setattr(Case, "profile", property(lambda self: with_notes))
        notes.write_note(item, case, text="The scar decides it.", by=nina)
        notes.write_note(item, case, text="The scar may decide it.", by=nina)
        for who in ("omar_member", SECRETARY):
            with pytest.raises(NotVisible):
                notes.write_note(item, case, text="x", by=accounts.user(who))
        walk.step(case, "take_item", SECRETARY)
        with pytest.raises(Invalid, match="before the discussion only"):
            notes.write_note(item, case, text="Too late.", by=nina)
        page = decisions.record_page(case, accounts.user(CHAIR))
        assert [(name, note.text) for name, note in page.notes_before] == [("Nina Castell", "The scar may decide it.")]
        assert decisions.record_page(case, accounts.user("carol_office")).notes_before == []
