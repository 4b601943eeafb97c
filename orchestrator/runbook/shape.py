"""The form of a runbook's YAML: keys, types, and what each is for.

The descriptions are those of the JSON Schema, which editors show while somebody writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictStr, Tag


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EqualsForm(_Form):
    """The field must be this, letter by letter."""

    equals: StrictStr | StrictBool = Field(
        description="A text or a truth value. Numbers, such as account ids, must be quoted. "
        "${input} stands for an input, ${instance_id} for the host's own id."
    )


class MatchesForm(_Form):
    """The whole text must fit: * stands for anything, ? for one character."""

    matches: StrictStr = Field(
        min_length=1,
        description="A pattern for the whole text: * stands for anything, ? for one character. "
        "References as with equals, but to inputs only.",
    )


class ContainsForm(_Form):
    """The text must hold this, letter by letter."""

    contains: StrictStr = Field(
        min_length=1, description="A part of the text. References as with matches."
    )


COMPARISONS: Mapping[str, type[EqualsForm | MatchesForm | ContainsForm]] = {
    "equals": EqualsForm,
    "matches": MatchesForm,
    "contains": ContainsForm,
}
"""What an expectation with a value looks like, by its one key."""

FIELD = "[A-Za-z0-9_]{1,64}"
"""The form of a field's name."""

WORDS = ("absent", "changed", "unchanged")
"""The expectations of a field that need no value."""


def _which(value: object) -> str | None:
    if isinstance(value, str):
        return "a word"
    if isinstance(value, dict):
        return f"by {next((name for name in COMPARISONS if name in value), 'equals')}"
    forms = COMPARISONS.items()
    return next((f"by {name}" for name, form in forms if isinstance(value, form)), None)


ExpectedForm = Annotated[
    Annotated[Literal["absent", "changed", "unchanged"], Tag("a word")]
    | Annotated[EqualsForm, Tag("by equals")]
    | Annotated[MatchesForm, Tag("by matches")]
    | Annotated[ContainsForm, Tag("by contains")],
    Discriminator(_which),
]
"""``absent``: not to be seen, a refusal counts. ``changed``: differs from before the switch."""


def _whole_or_fields(value: object) -> str | None:
    if isinstance(value, str):
        return "a word"
    return "fields" if isinstance(value, dict) else None


PhaseForm = Annotated[
    Annotated[Literal["denied"], Tag("a word")] | Annotated[dict[str, ExpectedForm], Tag("fields")],
    Discriminator(_whole_or_fields),
]
"""What is expected in one phase: the call is refused, or fields of its answer."""


class InputForm(_Form):
    """A value that the runbook asks for."""

    kind: str = Field(description="What kind of value it is, which says what is right for it.")
    help: str = Field(min_length=1, description="One sentence for whoever is asked for the value.")
    default: str | None = Field(
        None,
        description="Used where nothing is given; may refer to inputs above it: ${role_arn.name}. "
        "Without a default the value must be given.",
    )
    example: str = Field("", description="A right value, shown where one is missing.")


class ProfileForm(_Form):
    """The AWS config profile that is written on the host and switched to."""

    name: str = Field(min_length=1, description="The profile's name.")
    role_arn: str = Field(min_length=1, description="The role to switch to.")
    credential_source: Literal["Ec2InstanceMetadata"] = Field(
        "Ec2InstanceMetadata", description="Where the credentials before the switch come from."
    )


class CheckForm(_Form):
    """One question to AWS, asked before the switch and after it."""

    check: str = Field(description="The check's name.")
    with_: dict[str, str] = Field(
        default_factory=dict, alias="with", description="The check's parameters."
    )
    before: PhaseForm = Field(
        default_factory=dict,
        description="What must hold with the instance's own role, by field; or: denied.",
    )
    after: PhaseForm = Field(
        default_factory=dict,
        description="What must hold through the profile, by field; or: denied.",
    )


WayName = Literal["profile", "session-default", "sdk-store", "cli", "python"]


class RunbookForm(_Form):
    """What must be observed on a host before and after it switches to a role."""

    orch: Literal[1] = Field(description="The version of this form: 1.")
    name: str = Field(
        pattern="^[a-z][a-z0-9-]{0,47}$",
        description="The runbook's name: lower case, digits, hyphens.",
    )
    description: str = Field(min_length=1, description="What it proves, in a sentence or two.")
    inputs: dict[str, InputForm] = Field(
        default_factory=dict, description="The values that it asks for, by name."
    )
    profile: ProfileForm
    way: WayName | None = Field(
        None,
        description="How the calls after the switch use the profile; profile where nothing is "
        "said. profile: each call names it. session-default: it is made the session's default once "
        "(Set-AWSCredential -ProfileName), and the calls name nothing. sdk-store: temporary keys "
        "and a role profile are put into the SDK's store, and removed. cli: the AWS CLI on the "
        "host. python: boto3 on the host.",
    )
    ways: list[WayName] | None = Field(
        None,
        min_length=2,
        description="Several ways in place of one: those that the host has are asked the same and "
        "held side by side; one that it does not have does not count.",
    )
    checks: list[CheckForm] = Field(min_length=1, description="What is asked, in this order.")
