"""What a document states is shown without the house being loaded."""

import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parent / "documents" / "guidance.txt"
HEAVY = ("flask", "sqlalchemy", "pydantic", "pdfplumber", "docx", "bs4")
RUN = (
    "import sys; from ifr.commands import main; "
    f"main(['policy', 'import', {str(DOCUMENT)!r}, '--json'], standalone_mode=False); "
    f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
)


def test_showing_a_text_loads_neither_the_database_nor_the_readers_of_other_files() -> None:
    run = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    assert '"IPG999"' in run.stdout
    assert run.stderr.strip() == "[]"
