import pytest

from ifr.db import transaction
from ifr.demo import stories, walk
from tests.cases.drafting import CLINICIAN


@pytest.fixture
def draft(app):
    """The key of a request that is typed in full and not sent."""
    with app.app_context(), transaction():
        return walk.draft(stories.FORAMINOPLASTY).key


@pytest.fixture
def clinician(client, sign_in):
    sign_in(client, CLINICIAN)
    return client
