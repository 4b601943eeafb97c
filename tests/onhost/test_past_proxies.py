"""What keeps the metadata from a proxy, held to how Python's own readers take it."""

from urllib.request import proxy_bypass_environment

import pytest

from orchestrator.onhost.proxies import METADATA_HOSTS, past_proxies

PROXY = {"HTTP_PROXY": "http://proxy:3128"}
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"


def passed(environment, netloc):
    found = {**environment, **past_proxies(environment)}
    return bool(proxy_bypass_environment(netloc, {"no": found.get("no_proxy", "")}))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])
@pytest.mark.parametrize("netloc", ["169.254.169.254", "[fd00:ec2::254]"])
def test_the_metadata_are_asked_past_a_proxy(name, netloc):
    assert passed({name: "http://proxy:3128"}, netloc)
    assert not passed({name: "http://proxy:3128"}, "sts.ap-northeast-1.amazonaws.com")


@pytest.mark.parametrize(
    ("url", "netloc"),
    [
        ("http://127.0.0.1:5000", "127.0.0.1:5000"),
        ("http://metadata.local/", "metadata.local"),
        ("http://[fd00::1]:80/", "[fd00::1]:80"),
        ("http://[fd00::1]", "[fd00::1]"),
    ],
)
def test_so_is_an_endpoint_of_ones_own(url, netloc):
    assert passed({**PROXY, ENDPOINT: url}, netloc)
    assert passed({**PROXY, ENDPOINT: url}, "169.254.169.254")


def test_what_is_excepted_already_stays_so():
    for name in ("no_proxy", "NO_PROXY"):
        found = past_proxies({**PROXY, name: "a.b,.c"})
        assert found == dict.fromkeys(["no_proxy", "NO_PROXY"], f"a.b,.c,{METADATA_HOSTS}")


@pytest.mark.parametrize("environment", [{}, {"NO_PROXY": "a"}, {**PROXY, "NO_PROXY": "*"}])
def test_nothing_is_set_without_a_proxy_or_where_all_is_excepted(environment):
    assert past_proxies(environment) == {}


@pytest.mark.parametrize("url", ["", "nonsense", "//", "http://"])
def test_an_endpoint_that_is_none_changes_nothing(url):
    assert past_proxies({**PROXY, ENDPOINT: url})["NO_PROXY"] == METADATA_HOSTS
