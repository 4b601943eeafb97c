import pytest
import worlds

WORLDS = {"fake": worlds.fake, "sandbox": worlds.sandbox}


@pytest.fixture(params=WORLDS)
def world(request, tmp_path, monkeypatch):
    """Makes a world of these hosts: the fake's, and the sandbox's."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(*hosts, **more):
            wanted = worlds.Wanted(hosts, **more)
            return stack.enter_context(WORLDS[request.param](wanted, tmp_path, monkeypatch))

        yield make
