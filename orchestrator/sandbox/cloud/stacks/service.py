"""CloudFormation as far as the sandbox has it: stacks and change sets, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from orchestrator.sandbox.cloud.authority import Signed
from orchestrator.sandbox.cloud.forwarding import Forwarding
from orchestrator.sandbox.cloud.stacks import changing, reading
from orchestrator.sandbox.cloud.stacks.answers import answer
from orchestrator.sandbox.cloud.stacks.asking import Asking
from orchestrator.sandbox.cloud.stacks.kept import Shelf
from orchestrator.sandbox.cloud.stacks.requests import invalid, read_form
from orchestrator.sandbox.cloud.stacks.shapes import PaperError


class StackService:
    """Answers CloudFormation's requests. An operation lasts ``delay`` seconds for whoever looks."""

    def __init__(self, moto: Forwarding, delay: float = 0.0) -> None:
        self._moto = moto
        self._shelf = Shelf()
        self.delay = delay

    def answer(self, members: Mapping[str, str], signed: Signed) -> bytes:
        """The answer to one request; RefusedError where it is refused."""
        account, region = signed.identity.caller.account, signed.signature.region
        try:
            form = read_form(members, account, region, OPERATIONS)
            asking = Asking(form, signed, self._shelf, self._moto, timedelta(seconds=self.delay))
            asking.permit()
            return answer(form.operation, _ANSWERS[form.operation](asking))
        except PaperError as error:
            raise invalid(str(error)) from error


_ANSWERS: Mapping[str, Callable[[Asking], Mapping[str, Any]]] = {
    "CreateChangeSet": changing.create_change_set,
    "CreateStack": changing.create_stack,
    "DeleteChangeSet": changing.delete_change_set,
    "DeleteStack": changing.delete_stack,
    "DescribeChangeSet": reading.describe_change_set,
    "DescribeEvents": reading.describe_events,
    "DescribeStackEvents": reading.describe_stack_events,
    "DescribeStackResource": reading.describe_stack_resource,
    "DescribeStackResources": reading.describe_stack_resources,
    "DescribeStacks": reading.describe_stacks,
    "ExecuteChangeSet": changing.execute_change_set,
    "GetTemplate": reading.get_template,
    "GetTemplateSummary": reading.get_template_summary,
    "ListChangeSets": reading.list_change_sets,
    "ListStackResources": reading.list_stack_resources,
    "ListStacks": reading.list_stacks,
    "UpdateStack": changing.update_stack,
    "ValidateTemplate": reading.validate_template,
}
OPERATIONS = frozenset(_ANSWERS)
