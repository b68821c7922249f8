"""`ifr serve`, `ifr worker` and `ifr demo`: the two processes of an installation, and both under one command."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click

from ifr.config import ConfigurationError, from_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes; behind a proxy, two for each core.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages with gunicorn."""
    arguments = [
        sys.executable, "-m", "gunicorn", "ifr:create_app()",
        "--bind", f"{host}:{port}", "--workers", str(workers), "--access-logfile", "-",
        # The address line of the log leaves out the query, in which somebody may have typed a name.
        "--access-logformat", "%(t)s %(m)s %(U)s %(s)s %(L)s",
        "--log-level", "warning",
    ]  # fmt: skip
    os.execv(sys.executable, arguments)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
def worker(once: bool) -> None:
    """Do what the clock does. Several may run; one of them acts."""
    from ifr import create_app, jobs

    app = create_app()
    if once:
        for name, done in jobs.tick(app).items():
            click.echo(f"{name}: {done}")
        return
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    jobs.run(app, stop)


@click.command()
@click.option("--cases", default=0, help="Add so many bulk cases (rows, not moves) and end.")
@click.option("--load-only", is_flag=True, help="Load the demonstration and end.")
def demo(cases: int, load_only: bool) -> None:
    """Load the demonstration where the database is empty, then serve it with its worker until Ctrl-C."""
    settings = from_environment()
    if settings.is_production:
        raise click.ClickException("The demonstration is not for production: it would put invented patients among real ones.")
    _load(settings.database_url)
    if cases:
        _add_bulk(cases)
        return
    if not load_only:
        _run_both()


def _load(url: str) -> None:
    from ifr import create_app
    from ifr.commands.database import bring_up_to_date
    from ifr.demo import world

    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        app = create_app()
    except ConfigurationError as fault:
        raise click.ClickException(str(fault)) from None
    bring_up_to_date(app)
    with app.app_context():
        if world.is_loaded():
            return
        for line in world.load():
            click.echo(f"  {line}")


def _add_bulk(cases: int) -> None:
    from ifr import create_app
    from ifr.demo import bulk

    with create_app().app_context():
        click.echo(f"{bulk.add(cases)} bulk cases added")


def _run_both() -> None:
    from ifr.demo import accounts

    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "IFR_PUBLIC_ADDRESS": address,
        # A minute is enough to see that a released letter can still be stopped.
        "IFR_LETTER_HOLD_MINUTES": os.environ.get("IFR_LETTER_HOLD_MINUTES", "1"),
    }
    me = [sys.executable, "-m", "ifr.commands"]
    processes = [
        subprocess.Popen([*me, "serve", "--port", str(port)], env=environment),
        subprocess.Popen([*me, "worker"], env=environment),
    ]
    click.echo(f"\nThe demonstration is at {address}\nEvery password is: {accounts.PASSWORD}\n")
    for account in accounts.ACCOUNTS:
        click.echo(f"  {account.email:<30} {account.name}, {account.job_title}")
    click.echo("\nCtrl-C ends it; what you did is kept. `make demo-reset` starts clean.")
    sys.stdout.flush()
    _wait(processes)


def _wait(processes: list[subprocess.Popen[bytes]]) -> None:
    """Until somebody ends it, or one of the two does: neither is left to run alone."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
        click.echo("One of the two processes ended; ending the other.", err=True)
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            process.wait()


def _free_port(first: int = 8000) -> int:
    for port in range(first, first + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise click.ClickException("no free port from 8000 to 8199")
