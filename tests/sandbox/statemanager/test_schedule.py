"""Schedule expressions, as State Manager takes them."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.sandbox.runcommand.errors import ApiError
from orchestrator.sandbox.statemanager.schedule import read_schedule

BEGUN = datetime(2026, 1, 30, 12, 20, 30, tzinfo=UTC)


def times(text, count, after=BEGUN, begun=BEGUN):
    schedule, found = read_schedule(text), []
    while len(found) < count and (after := schedule.after(after, begun)):
        found.append(f"{after:%m-%d %H:%M:%S}" if after.year == 2026 else f"{after:%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0/30 * * * ? *)", ["01-30 12:30:00", "01-30 13:00:00", "01-30 13:30:00"]),
        ("cron(0 */30 * * * ? *)", ["01-30 12:30:00", "01-30 13:00:00"]),
        ("cron(0 0/1 * * ? *)", ["01-30 13:00:00", "01-30 14:00:00"]),
        ("cron(0 0 0/1 1/1 * ? *)", ["01-30 13:00:00", "01-30 14:00:00"]),
        ("cron(15 0/2 * * ? *)", ["01-30 14:15:00", "01-30 16:15:00"]),
        ("cron(0 0/4 * * ? *)", ["01-30 16:00:00", "01-30 20:00:00", "01-31 00:00:00"]),
        ("cron(0 0/8 * * ? *)", ["01-30 16:00:00", "01-31 00:00:00", "01-31 08:00:00"]),
        ("cron(0 0/12 * * ? *)", ["01-31 00:00:00", "01-31 12:00:00", "02-01 00:00:00"]),
        ("cron(15 13 ? * * *)", ["01-30 13:15:00", "01-31 13:15:00", "02-01 13:15:00"]),
        ("cron(20 12 * * ? *)", ["01-31 12:20:00", "02-01 12:20:00"]),
        ("cron(15 13 ? * MON *)", ["02-02 13:15:00", "02-09 13:15:00"]),
        ("cron(15 13 ? * 2 *)", ["02-02 13:15:00", "02-09 13:15:00"]),
        ("cron(0 0 2 ? * SUN *)", ["02-01 02:00:00", "02-08 02:00:00"]),
        ("cron(30 23 ? * TUE#3 *)", ["02-17 23:30:00", "03-17 23:30:00", "04-21 23:30:00"]),
        ("cron(0 0 ? * SAT#5 *)", ["01-31 00:00:00", "05-30 00:00:00", "08-29 00:00:00"]),
        ("cron(0 0 ? * SATL *)", ["01-31 00:00:00", "02-28 00:00:00", "03-28 00:00:00"]),
        ("cron(0 0 ? * 3L *)", ["02-24 00:00:00", "03-31 00:00:00"]),
        ("rate(30 minutes)", ["01-30 12:50:30", "01-30 13:20:30"]),
        ("rate(1 hour)", ["01-30 13:20:30", "01-30 14:20:30"]),
        ("rate(5 hours)", ["01-30 17:20:30", "01-30 22:20:30", "01-31 03:20:30"]),
        ("rate(1 day)", ["01-31 12:20:30", "02-01 12:20:30", "02-02 12:20:30"]),
        ("rate(30 days)", ["03-01 12:20:30", "03-31 12:20:30"]),
        ("at(2026-03-01T00:00:00)", ["03-01 00:00:00"]),
        ("at(2026-01-30T12:20:30)", []),
    ],
)
def test_an_expression_means_these_times(text, expected):
    assert times(text, max(1, len(expected))) == expected


def test_a_day_at_the_end_of_the_year_is_followed_by_one_of_the_next():
    late = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert times("cron(0 2 ? * * *)", 1, after=late) == ["2027-01-01 02:00"]


def test_no_hour_is_left_out_or_twice_where_others_change_their_clocks():
    spring = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    found = times("cron(0 0/1 * * ? *)", 48, after=spring)
    assert len(set(found)) == 48
    assert (found[0], found[-1]) == ("03-29 00:00:00", "03-30 23:00:00")


def test_a_rate_keeps_its_pace_however_late_somebody_looks():
    schedule = read_schedule("rate(1 day)")
    late = BEGUN + timedelta(days=5, hours=3)
    assert schedule.after(late, BEGUN) == BEGUN + timedelta(days=6)


@pytest.mark.parametrize(
    "text",
    [
        *("", "daily", "cron()", "rate()", "at()", "Cron(0 2 ? * * *)", "cron(0 2 ? * * *) "),
        *("rate(29 minutes)", "rate(1 minute)", "rate(31 days)", "rate(0 days)", "rate(-1 day)"),
        *("rate(1 days)", "rate(2 day)", "rate(1.5 hours)", "rate(1 week)", "rate(1  day)"),
        *("rate(1 hours)", "rate(5 hour)", "rate(99999999 days)"),
        *("at(2026-03-01)", "at(2026-02-30T00:00:00)", "at(2026-03-01T00:00:00Z)"),
        # Too few fields, or seconds that are not 0.
        *("cron(0 2 ? * *)", "cron(0 2 * *)", "cron(5 0 2 ? * * *)", "cron(* 0 2 ? * * *)"),
        # Both days, or neither; days of the month; months and years.
        *("cron(0 2 * * * *)", "cron(0 2 ? * ? *)", "cron(0 2 1 * ? *)", "cron(0 2 L * ? *)"),
        *("cron(0 2 15W * ? *)", "cron(0 2 ? 1 * *)", "cron(0 2 ? JAN * *)"),
        *("cron(0 2 ? * * 2026)", "cron(0 2 1/2 * ? *)"),
        # What maintenance windows and EventBridge know besides.
        *("cron(0/15 * * * ? *)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 18 ? * MON-FRI *)"),
        *("cron(0 2 ? * MON,WED *)", "cron(0,30 2 ? * * *)", "cron(0 0/3 * * ? *)"),
        *("cron(0 0/6 * * ? *)", "cron(* * * * ? *)", "cron(0 * * * ? *)", "cron(0/30 2 * * ? *)"),
        *("cron(0/30 * ? * MON *)", "cron(0 0/4 ? * MON *)", "cron(60 2 ? * * *)"),
        *("cron(0 24 ? * * *)", "cron(0 2 ? * 0 *)", "cron(0 2 ? * 8 *)", "cron(0 2 ? * MON#6 *)"),
        *("cron(0 2 ? * L *)", "cron(0 2 ? * MON#L *)", "cron(0 2 ? * mon *)", "cron(٣ 2 ? * * *)"),
    ],
)
def test_what_associations_do_not_support_is_refused(text):
    with pytest.raises(ApiError) as caught:
        read_schedule(text)
    assert caught.value.code == "InvalidSchedule"
