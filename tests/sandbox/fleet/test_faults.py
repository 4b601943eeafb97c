"""What `--fault` takes, and how it refuses what it does not."""

import pytest

from orchestrator.errors import UsageError
from orchestrator.sandbox.fleet.faults import Faults, Rate, read_faults


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("throttle=0.2", Faults(throttle=0.2)),
        ("throttle=.25", Faults(throttle=0.25)),
        ("throttle=20%", Faults(throttle=0.2)),
        ("throttle=0", Faults()),
        ("dropped=1", Faults(dropped=1.0)),
        ("error-500=0.01", Faults(error_500=0.01)),
        ("offline=0.5%", Faults(offline=0.005)),
        ("never-ends=0.001", Faults(never_ends=0.001)),
        ("old-agent=1.0", Faults(old_agent=1.0)),
        ("empty-list=3", Faults(empty_list=3)),
        ("slow-page=0.05:2s", Faults(slow_page=Rate(0.05, 2.0))),
        ("slow-page=500ms", Faults(slow_page=Rate(1.0, 0.5))),
        ("slow-module=5%:222s", Faults(slow_module=Rate(0.05, 222.0))),
        ("slow-module=4m", Faults(slow_module=Rate(1.0, 240.0))),
        ("truncated=0.1", Faults(truncated=Rate(0.1, 3_000))),
        ("truncated=0.1:30000", Faults(truncated=Rate(0.1, 30_000))),
    ],
)
def test_a_fault_is_read(option, expected):
    assert read_faults([option]) == expected


def test_faults_add_up_and_of_one_name_the_last_counts():
    found = read_faults(["throttle=0.5", "offline=0.1", "throttle=0.1"])
    assert found == Faults(throttle=0.1, offline=0.1)
    assert (found.of_calls, found.of_hosts) == (True, True)
    assert not read_faults(["empty-list=3"]).of_hosts


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("throtle=0.2", "there is no such fault"),
        ("throttle", "it has no value"),
        ("=0.2", "there is no such fault"),
        ("throttle=", "is no share from 0 to 1"),
        ("throttle=1.5", "is no share from 0 to 1"),
        ("throttle=-0.1", "is no share from 0 to 1"),
        ("throttle=nan", "is no share from 0 to 1"),
        ("throttle=1e-3", "is no share from 0 to 1"),
        ("throttle=120%", "120% is more than all"),
        ("throttle=0.٢", "is no share from 0 to 1"),
        ("empty-list=-1", "is no whole number up to 1000"),
        ("empty-list=2.5", "is no whole number up to 1000"),
        ("empty-list=99999999999999999999", "is no whole number up to 1000"),
        ("slow-page=0.05", "says no time after a colon"),
        ("slow-page=0.05:2", "is no time such as 2s, 500ms or 3m"),
        ("slow-page=0.05:", "is no time such as 2s, 500ms or 3m"),
        ("slow-page=2:2s", "is no share from 0 to 1"),
        ("slow-module=0.1:900m", "is longer than an hour"),
        ("truncated=0.1:lots", "is no whole number up to 1000000"),
    ],
)
def test_what_is_no_fault_is_told_with_an_example(option, what):
    with pytest.raises(UsageError) as refused:
        read_faults([option])
    assert what in refused.value.what
    assert refused.value.where == f"--fault {option}"
    assert refused.value.mend
    assert refused.value.exit_code == 2
