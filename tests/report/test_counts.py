"""Every form says the same of how many passed, failed and are unknown."""

import counting
import pytest
from hypothesis import HealthCheck, given, settings

from orchestrator.model.history import NO_PAST
from orchestrator.report import forms
from support import reports


def agree(report, name):
    told = getattr(counting, name)("".join(forms.form(name)(report, NO_PAST)))
    wanted = counting.expected(report)
    assert told.hosts == wanted.hosts
    assert told.expectations in (None, wanted.expectations)


def test_there_is_a_count_for_every_form():
    """A form without one would not be held to the others."""
    assert [name for name in forms.names() if not hasattr(counting, name)] == []


@pytest.mark.parametrize("report", reports.REPORTS.values(), ids=reports.REPORTS)
@pytest.mark.parametrize("name", forms.names())
def test_all_forms_count_alike(name, report):
    agree(report, name)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(report=reports.reports())
def test_all_forms_count_alike_whatever_the_hosts_are(report):
    for name in forms.names():
        agree(report, name)


@pytest.mark.parametrize("name", forms.names())
def test_every_form_tells_what_came_of_it_though_there_is_no_host(name):
    text = "".join(forms.form(name)(reports.REPORTS["none"], NO_PAST))
    assert "PASS " not in text
    assert not text or text.endswith("\n")
