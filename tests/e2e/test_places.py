"""Hosts in two regions of two accounts: each is met in its own, and nowhere else."""

import pytest

from support.processes import call, standing

pytestmark = pytest.mark.e2e

A, D = "111111111111", "444444444444"
HOME, OTHER = "ap-northeast-1", "us-east-1"
PROFILES = {A: (), D: ("--profile", "account-d-operator")}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    places = ("--region", HOME, "--region", OTHER, "--account", "a", "--account", "d")
    options = ("--engine", "stand-in", "--hosts", "8", "--host-seconds", "1", *places)
    with standing(tmp_path_factory.mktemp("places"), *options) as found:
        yield found


def ids(sandbox, account, region):
    folder = sandbox.variables["ORCH_SANDBOX_DIR"]
    with open(f"{folder}/fleet/{account}/{region}.txt") as file:  # noqa: PTH123 - a string is at hand
        return file.read().split()


def run(sandbox, account, region, hosts, *more):
    where = ("--region", region, *PROFILES[account], "--instance", ",".join(hosts))
    return call("orch", "run", *where, *more, "--yes", "--output", "json", **sandbox.variables)


def test_the_sandbox_says_where_its_hosts_are(sandbox):
    places = sandbox.description["fleet"]["places"]
    found = {(place["account"], place["region"]): place["hosts"] for place in places}
    assert found == {(a, r): 2 for a in (A, D) for r in (HOME, OTHER)}
    assert len({i for a, r in found for i in ids(sandbox, a, r)}) == 8


@pytest.mark.parametrize(("account", "region"), [(A, OTHER), (D, HOME), (D, OTHER)])
def test_orch_runs_on_the_hosts_of_each_place(sandbox, account, region):
    ended = run(sandbox, account, region, ids(sandbox, account, region))
    assert (ended.code, ended.report["outcome"]) == (0, "PASS"), ended.err
    for host in ended.report["hosts"]:
        assert host["before"]["identity"]["value"]["account"] == account
        assert host["after"]["identity"]["value"]["account"] == "222222222222"


def test_hosts_of_one_place_are_unknown_in_the_others(sandbox):
    hosts = ids(sandbox, D, OTHER)
    for account, region in ((A, OTHER), (D, HOME), (A, HOME)):
        ended = run(sandbox, account, region, hosts)
        assert ended.code == 3, ended.out
        assert "not-managed" in ended.err


@pytest.mark.parametrize(("account", "region"), [(A, OTHER), (D, HOME)])
def test_in_each_place_a_bucket_is_whoevers_it_is_and_must_be_there(sandbox, account, region):
    """The names of buckets are unique among all accounts and regions."""
    hosts = ids(sandbox, account, region)
    of_b = run(sandbox, account, region, hosts, "--output-s3-bucket-name", "xxxxxxxx-cloudtrail")
    assert (of_b.code, of_b.report["outcome"]) == (0, "PASS"), of_b.err
    none = run(sandbox, account, region, hosts, "--output-s3-bucket-name", "no-such-bucket-here")
    assert none.code == 3, none.out
    assert "InvalidOutputFolder" in none.err
