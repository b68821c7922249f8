"""A policy lead of the demonstration at work."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.people.services import organisation_named


@pytest.fixture
def lead(client: FlaskClient, sign_in: Any) -> FlaskClient:
    """A browser in which a policy lead of both commissioners has signed in."""
    sign_in(client, "paul_policy")
    return client


@pytest.fixture
def central_east(app: Flask) -> int:
    with app.app_context():
        body = organisation_named("central-east")
        assert body is not None
        return body.id
