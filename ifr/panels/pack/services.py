"""Packs: asked for by whoever may read them, made by the worker in a process of its own, handed out to that person alone."""

import json
import logging
import subprocess
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents
from ifr.cases.models import Case
from ifr.db import db, lock, transaction
from ifr.panels import notes, services
from ifr.panels.interests.openings import opened
from ifr.panels.models import AgendaItem, View
from ifr.panels.notes import PanelNote
from ifr.panels.pack import reading, setting
from ifr.panels.pack.contents import Contents, File, contents_for
from ifr.panels.pack.models import FAILED, MAKING, READY, WAITING, Pack
from ifr.people.models import User
from ifr.people.services import JOB, person
from ifr.workflow import Invalid, NotVisible

A_TURN = 5
MOST_TRIES = 3
# After so long a pack that is being made belongs to a worker that died.
GIVEN_UP_AFTER = timedelta(minutes=15)
_LONGEST = 10 * 60
_CHANGED = "What is in it has changed since you asked for it. Ask for it again."
_BROKEN = "One of its files, or the pack as a whole, could not be set. Ask again; if it fails again, open the files one by one."
_UNDONE = (WAITING, MAKING)

log = logging.getLogger("ifr.packs")


# --- asking and reading ---------------------------------------------------------------------------------------------------


def ask_for(meeting_id: int, item_id: int | None, by: User) -> Pack:
    """Ask for the pack of a meeting or of one item. The same contents are made once; a pack that failed is tried anew.
    Raises NotVisible for whoever may not read it."""
    contents = contents_for(meeting_id, item_id, by)
    query = select(Pack).where(Pack.user_id == by.id, Pack.contents_sha256 == contents.sha256)
    pack = db.session.scalars(query).first()
    if pack is None:
        pack = Pack(
            meeting_id=meeting_id, item_id=item_id, user_id=by.id, contents_sha256=contents.sha256,
            items=list(contents.items), asked_at=clock.now(), state=WAITING, tries=0, failed_because="",
        )
        db.session.add(pack)
        db.session.flush()
        audit.record(f"meeting:{meeting_id}", "ask_for_pack", by=by.actor, pack=pack.id, items=list(contents.items))
    elif pack.state == FAILED:
        pack.state, pack.tries, pack.failed_because, pack.ended_at = WAITING, 0, "", None
    return pack


def pack_of(pack_id: int, by: User) -> Pack:
    """Somebody's own pack, while every item in it is still open to him or her. Raises NotVisible."""
    pack = db.session.get(Pack, pack_id)
    if pack is None or pack.user_id != by.id:
        raise NotVisible(str(pack_id))
    for item_id in pack.items:
        reading.readable_item(pack.meeting_id, item_id, by)
    return pack


def sits_at(pack: Pack, by: User) -> bool:
    """Whether a pack is for somebody who has a seat, and not for the office."""
    return services.seat_of(pack.meeting_id, by.id) is not None


def last_pack(meeting_id: int, item_id: int | None, by: User) -> Pack | None:
    """The pack that somebody asked for last, of a meeting or of an item."""
    own = select(Pack).where(Pack.meeting_id == meeting_id, Pack.user_id == by.id)
    own = own.where(Pack.item_id == item_id) if item_id else own.where(Pack.item_id.is_(None))
    return db.session.scalars(own.order_by(Pack.id.desc())).first()


def file_of(pack_id: int, by: User) -> tuple[Pack, bytes]:
    """The PDF of somebody's own pack; that it was opened is on record for every item. Raises NotVisible."""
    pack = pack_of(pack_id, by)
    found = documents.get(pack.document_id, pack.stream) if pack.document_id else None
    if pack.state != READY or found is None:
        raise NotVisible(str(pack_id))
    for item_id in pack.items:
        opened(db.session.get_one(AgendaItem, item_id), by, "The pack, as a PDF")
    return pack, documents.read(found)


def write_view(item: AgendaItem, case: Case, *, text: str, leaning: str, by: User) -> View | PanelNote:
    """Keep a member's view, or the notes before the discussion where the commissioner wants them. Raises Invalid while
    there is nothing to write it on."""
    if not reading.may_write_view(item, case):
        raise Invalid({"text": "Views are written once the panel has begun to discuss the item, and until it is closed."})
    if item.taken_at is None:
        return notes.write_note(item, case, text=text, by=by)
    return services.write_view(item, text=text, leaning=leaning, by=by)


# --- making ---------------------------------------------------------------------------------------------------------------


def make_waiting(limit: int = A_TURN) -> int:
    """Make the packs that wait, one after the other; say how many were looked at."""
    with transaction(writes=False):
        waiting = list(db.session.scalars(select(Pack.id).where(Pack.state.in_(_UNDONE)).order_by(Pack.id).limit(limit)))
    return sum(_make(one) for one in waiting)


def _make(pack_id: int) -> bool:
    """Make one pack: claimed first, so that a worker which dies over it is not followed for ever by the next."""
    if not _claim(pack_id):
        return False
    with TemporaryDirectory(prefix="ifr-pack-") as folder:
        there = Path(folder)
        if _lay_out(pack_id, there):
            made = _set(pack_id, there)
            _keep(pack_id, there) if made else _fail(pack_id, _BROKEN)
        else:
            _fail(pack_id, _CHANGED)
    return True


def _claim(pack_id: int) -> bool:
    with transaction():
        pack = lock(Pack, pack_id)
        held = pack.begun_at is not None and pack.begun_at > clock.now() - GIVEN_UP_AFTER
        if pack.state not in _UNDONE or (pack.state == MAKING and held):
            return False
        if pack.tries >= MOST_TRIES:
            _end(pack, FAILED, _BROKEN)
            return False
        pack.state, pack.begun_at, pack.tries = MAKING, clock.now(), pack.tries + 1
    return True


def _lay_out(pack_id: int, folder: Path) -> bool:
    """Write what the pack is made of into a folder; not where it has changed, or is no longer for this person."""
    with transaction(writes=False):
        pack = db.session.get_one(Pack, pack_id)
        try:
            contents = contents_for(pack.meeting_id, pack.item_id, person(pack.user_id))
        except NotVisible:
            return False
        if contents.sha256 != pack.contents_sha256:
            return False
        write_asked(contents, folder)
    return True


def write_asked(contents: Contents, folder: Path) -> None:
    """Write contents as the process that sets them reads them, each file under its checksum."""
    parts = [
        {**asdict(part), "mark": contents.mark, "files": [_laid(one, folder) for one in part.files]}
        for part in contents.parts
    ]
    asked = {"title": contents.title, "identifier": contents.sha256, "parts": parts}
    (folder / setting.ASKED).write_text(json.dumps(asked), encoding="utf-8")


def _laid(file: File, folder: Path) -> dict[str, Any]:
    asked = {"number": file.number, "media_type": file.media_type, "why_not": file.why_not, "path": None}
    if file.document_id is None:
        return asked
    path = folder / file.sha256
    try:
        path.write_bytes(documents.read(db.session.get_one(documents.Document, file.document_id)))
    except (OSError, ValueError, documents.HeldBackError):
        return {**asked, "why_not": reading.GONE}
    return {**asked, "path": str(path)}


def _set(pack_id: int, folder: Path) -> bool:
    """Set the pack in a process of its own. What goes wrong there is logged by its kind; the files hold patients' words."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ifr.panels.pack.setting", str(folder)], check=False, timeout=_LONGEST,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        log.error("pack %s took longer than %s seconds to set", pack_id, _LONGEST)
        return False
    if done.returncode != 0:
        fault = folder / setting.FAULT
        log.error("pack %s could not be set: %s", pack_id, fault.read_text() if fault.exists() else done.returncode)
    return done.returncode == 0


def _keep(pack_id: int, folder: Path) -> None:
    written, made = (folder / setting.WRITTEN).read_bytes(), json.loads((folder / setting.MADE).read_text())
    with transaction():
        pack = lock(Pack, pack_id)
        stored = documents.put(written, stream=pack.stream, kind="pack", title="Papers of a panel", by_id=None, ours=True)
        _end(pack, READY, "")
        pack.document_id, pack.pages = stored.id, sum(made["pages"])
        _take_out_earlier(pack)
        facts = {"pack": pack.id, "pages": pack.pages, "sha256": stored.sha256}
        audit.record(f"meeting:{pack.meeting_id}", "make_pack", by=JOB.actor, **facts)


def _take_out_earlier(pack: Pack) -> None:
    """An earlier pack of the same for the same person has had its day; what was in it is kept with the items."""
    query = select(Pack).where(
        Pack.user_id == pack.user_id, Pack.meeting_id == pack.meeting_id, Pack.id < pack.id, Pack.state == READY,
        Pack.item_id == pack.item_id if pack.item_id else Pack.item_id.is_(None),
    )
    for earlier in db.session.scalars(query).all():
        row = documents.get(earlier.document_id, earlier.stream) if earlier.document_id else None
        db.session.delete(earlier)
        db.session.flush()
        if row is not None:
            documents.take_out(row)


def _fail(pack_id: int, because: str) -> None:
    with transaction():
        _end(lock(Pack, pack_id), FAILED, because)


def _end(pack: Pack, state: str, because: str) -> None:
    pack.state, pack.ended_at, pack.failed_because = state, clock.now(), because
