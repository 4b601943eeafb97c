"""Level 2: what has to be deployed in which account, and how that is said. Pure.

table       the stacks, their templates and what each has to be told
kinds       the kinds of values that only they have
deployment  one stack as it is wanted, and the AWS CLI's line that does the same
state       stacks, change sets and events as AWS tells of them
failures    why a stack could not be deployed, with the mend
text        a change set as people read it
"""

from orchestrator.setup.deployment import Deployment, Value
from orchestrator.setup.failures import failed_change_set, failed_stack, unfit
from orchestrator.setup.state import (
    Change,
    ChangeSet,
    Conflict,
    Event,
    StackState,
)
from orchestrator.setup.table import SETUPS, Setup, Slot, find_setup
from orchestrator.setup.text import change_lines, output_lines, value_lines

__all__ = [
    "SETUPS",
    "Change",
    "ChangeSet",
    "Conflict",
    "Deployment",
    "Event",
    "Setup",
    "Slot",
    "StackState",
    "Value",
    "change_lines",
    "failed_change_set",
    "failed_stack",
    "find_setup",
    "output_lines",
    "unfit",
    "value_lines",
]
