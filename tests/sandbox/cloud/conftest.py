"""One set of accounts for each file of tests; whoever changes what is deployed mends it."""

import pytest

from support.standing_cloud import Standing


@pytest.fixture(scope="module")
def standing():
    found = Standing()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def the_right_time(standing):
    yield
    standing.clock.offset *= 0
