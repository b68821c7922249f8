"""A wheel holds templates, workflows, migrations and static files: a page is served from one, far from the clone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from ifr.config import HOUSE, make_keys

SERVE = """
from ifr import create_app
from ifr.config import HOUSE
app = create_app()
page = app.test_client().get("/sign-in")
style = app.test_client().get("/static/css/ifr.css")
print(HOUSE, page.status_code, b"Sign in" in page.data, style.status_code)
"""


def test_a_page_is_served_from_a_wheel(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(HOUSE)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("ifr-*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    environment = {
        **os.environ, **make_keys(), "PYTHONPATH": str(tmp_path / "site"), "IFR_ENVIRONMENT": "test",
        "IFR_DATABASE_URL": f"sqlite:///{tmp_path}/ifr.db", "IFR_INSTANCE": str(tmp_path),
    }  # fmt: skip
    run = [sys.executable, "-m", "ifr.commands", "upgrade"]
    upgraded = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert upgraded.returncode == 0, upgraded.stderr
    served = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert served.stdout.split() == [str(tmp_path / "site" / "ifr" / "shipped"), "200", "True", "200"], served.stderr
