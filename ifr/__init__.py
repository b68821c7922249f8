"""Case management for NHS Individual Funding Requests.

`create_app` stands in `application.py` and is imported when it is called, so that `ifr --help` need not load the house.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from ifr.config import Config


def create_app(config: "Config | None" = None) -> "Flask":
    """Make the web application. Needs no database to be made; raises DefinitionError when `workflows/` cannot be used."""
    from ifr.application import create_app as make

    return make(config)
