"""Which of several workers acts."""

import fcntl
import logging
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ifr.db import new_engine

LEADERS_LOCK = 4_177_031  # the number by which PostgreSQL knows who leads

log = logging.getLogger("ifr.jobs")


class Leadership:
    """Which of several workers acts: the one that holds a lock which dies with its process or its connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def is_mine(self) -> bool:
        return self._hold_connection() if self.url.startswith("postgresql") else self._hold_file()

    def _hold_file(self) -> bool:
        if self._file is None:
            path = Path(make_url(self.url).database or "ifr.db")
            file = open(path.with_name(f"{path.name}.leader"), "w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def _hold_connection(self) -> bool:
        try:
            if self._connection is None:
                self._connection = new_engine(self.url).connect().execution_options(isolation_level="AUTOCOMMIT")
            # The lock may be taken again by who has it, so asking again also finds a connection that was lost.
            query = text("SELECT pg_try_advisory_lock(:key)")
            return bool(self._connection.execute(query, {"key": LEADERS_LOCK}).scalar())
        except SQLAlchemyError:
            log.warning("the leader's connection was lost")
            self._connection = None
            return False

    def give_up(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._connection is not None:
            # Given back in words: a server may take a while to see that a connection has been closed.
            self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADERS_LOCK})
            self._connection.close()
            self._connection.engine.dispose()
