"""Reading definitions from their files."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from ifr.profiles.commissioners import Profile
from ifr.profiles.exceptionality import ExceptionalityTest
from ifr.profiles.machines import Workflow
from ifr.profiles.questions import Questions
from ifr.profiles.remarks import Remarks
from ifr.profiles.shapes import DefinitionError

KINDS: dict[str, type[BaseModel]] = {
    "workflow": Workflow,
    "profile": Profile,
    "test": ExceptionalityTest,
    "questions": Questions,
    "remarks": Remarks,
}
FOLDERS = {"workflow": "", "profile": "commissioners", "test": "exceptionality", "questions": "questions", "remarks": "remarks"}
# How an entry is named: by its keys, and in a list by what it is called there.
_STEP, _NAMES = " > ", ("trigger", "key", "name")
AnyDefinition = Workflow | Profile | ExceptionalityTest | Questions | Remarks


@dataclass(frozen=True)
class Source:
    """One file as it was read: its kind, where it stands, its text and what it says."""

    kind: str
    file: str
    text: str
    parsed: Any

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def fault(self, entry: str, cure: str) -> DefinitionError:
        """What is wrong at an entry such as `moves > submit > roles`, with the line at which it stands."""
        return DefinitionError(self.file, line_of(self.text, entry), entry, cure)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the second of two equal keys win without a word; here that is a fault."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def parse(kind: str, file: str, text: str) -> Any:
    """Read the text of one definition. Raises DefinitionError naming file, line, entry and cure."""
    try:
        raw = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        said = f"is not readable YAML ({getattr(fault, 'problem', fault)}); mend it there"
        raise DefinitionError(file, mark.line + 1 if mark else 1, "the file", said) from None
    try:
        return KINDS[kind].model_validate(raw)
    except ValidationError as fault:
        # A key that is misspelt is missing and unknown at once; the spelling is what its author has to mend.
        first = min(fault.errors(), key=lambda one: one["type"] != "extra_forbidden")
        entry = _entry(raw, first["loc"])
        if first["type"] == "extra_forbidden":
            cure = "is not a key that is known here; remove it or correct its spelling"
        elif first["type"] == "missing":
            cure = "is missing; add it"
        else:
            cure = f"{first['msg'][0].lower()}{first['msg'][1:]}; it says {str(first['input'])[:60]!r}"
        raise DefinitionError(file, line_of(text, entry), entry, cure) from None


def line_of(text: str, entry: str) -> int:
    """The line of an entry, or of the last part of its name that is there; of the second where two are called so."""
    node, line = yaml.compose(text, Loader=yaml.SafeLoader), 1
    for word in entry.split(_STEP):
        found = _within(node, word)
        if found is None:
            break
        line, node = found
    return line


def _within(node: yaml.Node | None, word: str) -> tuple[int, yaml.Node] | None:
    """Where a step of an entry's name leads: the line, and what stands there."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == word), None)
    if isinstance(node, yaml.SequenceNode):
        for number, item in reversed([*enumerate(node.value, start=1)]):
            named = {key.value: value.value for key, value in item.value} if isinstance(item, yaml.MappingNode) else {}
            if word in (f"entry {number}", *(named.get(name) for name in _NAMES)):
                return item.start_mark.line + 1, item
    return None


def _entry(raw: Any, path: tuple[int | str, ...]) -> str:
    """Name an entry as its author would: `moves > submit > roles`, not `moves.3.roles`."""
    words = []
    for step in path:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            raw = None
        if isinstance(step, int):
            named = raw if isinstance(raw, dict) else {}
            words.append(str(next((named[name] for name in _NAMES if named.get(name)), f"entry {step + 1}")))
        else:
            words.append(step)
    return _STEP.join(words) or "the file"


def read_folder(folder: Path) -> list[Source]:
    """Read every definition of a folder laid out like `workflows/`. Raises DefinitionError for the first that is wrong."""
    return list(_read(folder))


def _read(folder: Path) -> Iterator[Source]:
    for kind, sub in FOLDERS.items():
        for path in sorted((folder / sub).glob("*.yaml")):
            file = str(path.relative_to(folder))
            text = path.read_text(encoding="utf-8")
            yield Source(kind, file, text, parse(kind, file, text))
