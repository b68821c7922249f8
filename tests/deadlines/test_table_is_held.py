"""Nobody counts by the table of days off while it is being changed: on PostgreSQL two transactions run side by side."""

import threading

from ifr import deadlines
from ifr.db import db, transaction


def test_a_change_of_the_table_waits_for_every_date_that_is_being_worked_out(fresh_app) -> None:
    app = fresh_app("postgresql")
    alone = threading.Event()

    def change() -> None:
        with app.app_context(), transaction():
            deadlines.hold_alone()
            alone.set()
        with app.app_context():
            db.session.remove()

    changing = threading.Thread(target=change)
    with app.app_context():
        with transaction():
            deadlines.days_off(None)
            changing.start()
            assert not alone.wait(0.3), "a date is still being worked out"
        changing.join(30)
        assert alone.is_set()
        db.session.remove()
