"""When State Manager runs something: what it takes, and when that is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.kinds.timing import cron, rate, timing

EARLIEST, LATEST = datetime(2020, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001 - hypothesis adds it
NOW = datetime(2026, 11, 27, 10, 20, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("text", "whole", "period"),
    [
        ("30 minutes", "rate(30 minutes)", 1800),
        ("rate(1 hour)", "rate(1 hour)", 3600),
        (" rate(1 day) ", "rate(1 day)", 86_400),
        ("30 days", "rate(30 days)", 30 * 86_400),
    ],
)
def test_a_rate_is_taken_bare_and_wrapped(text, whole, period):
    assert (rate(text).expression, rate(text).period) == (whole, period)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("29 minutes", "too often"),
        ("1 minute", "too often"),
        ("31 days", "too seldom"),
        ("1 hours", "it is 1 hour"),
        ("2 hour", "it is 2 hours"),
        ("0 days", "not a rate"),
        ("1.5 days", "not a rate"),
        ("daily", "not a rate"),
        ("", "not a rate"),
        ("cron(0 2 ? * * *)", "not a rate"),
    ],
)
def test_a_rate_that_state_manager_does_not_take_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        rate(text)


@pytest.mark.parametrize(
    ("text", "period", "following"),
    [
        ("0/30 * * * ? *", 1800, "2026-11-27T10:30"),
        ("cron(0 0/1 * * ? *)", 3600, "2026-11-27T11:00"),
        ("5 * * * ? *", 3600, "2026-11-27T11:05"),
        ("0 */30 * * * ? *", 1800, "2026-11-27T10:30"),
        ("0 0/8 * * ? *", 8 * 3600, "2026-11-27T16:00"),
        ("0 0/12 * * ? *", 12 * 3600, "2026-11-27T12:00"),
        ("15 13 ? * * *", 86_400, "2026-11-27T13:15"),
        ("15 9 ? * * *", 86_400, "2026-11-28T09:15"),
        ("0 15 9 ? * * *", 86_400, "2026-11-28T09:15"),
        ("15 13 ? * MON *", 7 * 86_400, "2026-11-30T13:15"),
        ("15 13 ? * 6 *", 7 * 86_400, "2026-11-27T13:15"),
        ("0 0 ? * THU#2 *", 35 * 86_400, "2026-12-10T00:00"),
        ("0 0 ? * FRIL *", 35 * 86_400, "2026-12-25T00:00"),
        ("0 0 ? * MON#5 *", 119 * 86_400, "2026-11-30T00:00"),
    ],
)
def test_a_cron_expression_of_associations_has_a_period_and_a_next_time(text, period, following):
    found = cron(text)
    assert found.period == period
    assert found.after(NOW) == datetime.fromisoformat(f"{following}+00:00")


def test_a_cron_expression_has_one_spelling():
    assert cron("cron(0  2 ? * sun *)").expression == cron("0 2 ? * SUN *").expression


@pytest.mark.parametrize(
    "text",
    [
        "0/15 * * * ? *",
        "0 0/3 * * ? *",
        "0 0/2 ? * MON *",
        "0 2 1 * ? *",
        "0 2 L * ? *",
        "0 2 ? * MON-FRI *",
        "0 2 ? JAN * *",
        "0 2 ? * * 2027",
        "0 2,3 ? * * *",
        "60 2 ? * * *",
        "0 24 ? * * *",
        "0 2 * * * *",
        "0 2 ? * ? *",
        "24 0 2 ? * * *",
        "0 2 * * ?",
        "0 2 ? * XXX *",
        "0 2 ? * 8 *",
        "0/30 2 * * ? *",
    ],
)
def test_what_associations_do_not_support_is_refused(text):
    with pytest.raises(ValueError, match="not"):
        cron(text)


def test_a_whole_expression_says_itself_which_it_is():
    assert timing("rate(1 day)").is_rate
    assert not timing("cron(0 2 ? * * *)").is_rate
    with pytest.raises(ValueError, match="neither"):
        timing("at(2026-11-27T00:00:00)")


EXPRESSIONS = (
    *("rate(30 minutes)", "rate(1 day)", "cron(0/30 * * * ? *)", "cron(7 0/4 * * ? *)"),
    *("cron(0 2 ? * * *)", "cron(0 2 ? * SUN *)", "cron(0 2 ? * TUE#1 *)", "cron(0 2 ? * TUE#5 *)"),
)


def test_a_fifth_weekday_is_seldom_and_its_period_is_the_longest_wait():
    found, moments = cron("0 2 ? * SUN#5 *"), [NOW]
    while moments[-1].year < 2060:
        moments.append(found.after(moments[-1]))
    longest = max(b - a for a, b in pairwise(moments[1:]))
    assert longest == timedelta(seconds=found.period)


@given(
    text=st.sampled_from(EXPRESSIONS),
    moment=st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)),
    ago=st.integers(0, 10**7),
)
def test_the_next_time_is_later_and_no_more_than_a_period_away(text, moment, ago):
    found = timing(text)
    following = found.after(moment, moment - timedelta(seconds=ago))
    assert following is not None
    assert timedelta(0) < following - moment <= timedelta(seconds=found.period)


def test_a_rate_is_counted_from_when_it_ran():
    last = datetime(2026, 11, 27, 4, tzinfo=UTC)
    assert rate("1 day").after(NOW, last) == last + timedelta(days=1)
    assert rate("1 day").after(NOW) is None
