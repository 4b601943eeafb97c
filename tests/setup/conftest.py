"""The project's templates, and what they come to."""

import pytest

from orchestrator.sandbox.cloud.stacks.paper import Place, draw, read_template
from orchestrator.setup import find_setup

ACCOUNTS = {"a": "111111111111", "b": "222222222222", "operator": "111111111111"}
NEEDED = {
    "a": {"TargetRoleArn": "arn:aws:iam::222222222222:role/Test-Switch-Role"},
    "b": {"SourceRoleArn": "arn:aws:iam::111111111111:role/EC2RoleforSSM"},
    "operator": {},
}


@pytest.fixture
def drawn():
    """The resources that a stack makes with these parameters, by their logical ids."""

    def draw_it(name, **parameters):
        place = Place("arn:stack", "stack", ACCOUNTS[name], "ap-northeast-1")
        template = read_template(find_setup(name).template())
        found = draw(template, NEEDED[name] | parameters, place, {})
        return {item.logical_id: item for item in found.resources}

    return draw_it
