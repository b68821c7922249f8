"""What every definition is made of: strict models, keys and names, and the fault that names a file, an entry and its cure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]


class DefinitionError(Exception):
    """A file of `workflows/` that cannot be used. Says which file and line, which entry and what would cure it."""

    def __init__(self, file: str, line: int, entry: str, cure: str) -> None:
        super().__init__(f"{file}, line {line}: {entry}: {cure}")
        self.file, self.line, self.entry, self.cure = file, line, entry, cure


class Strict(BaseModel):
    """A part of a definition: nothing unknown in it, and nothing of it changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
