"""The options by which a real SSM agent attaches to the sandbox, and what it prints about that."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.errors import UsageError

if TYPE_CHECKING:
    from orchestrator.sandbox.launch.attaching import AgentOrder, Attached

AgentOption = Annotated[
    bool, typer.Option("--agent", help="Let a real SSM agent attach. See docs/real-agent.md.")
]
ListenOption = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="ADDRESS[:PORT]",
        help="Let it come from other machines, to this address of ours. [default: loopback alone]",
        show_default=False,
    ),
]
AgentConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--agent-config",
        metavar="DIR",
        help="Write the files that attach the agent there, too.",
        show_default=False,
    ),
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="Keep there what the agent knows of the sandbox, for the next one.",
        show_default=False,
    ),
]
AsWindowsOption = Annotated[
    bool,
    typer.Option(
        "--agent-as-windows",
        help="Show a Linux machine with PowerShell as a Windows one, for PowerShell's runbooks.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask about --listen.")]


@dataclass(frozen=True, slots=True)
class AgentWanted:
    """The options as they were given."""

    agent: bool
    listen: str
    files: Path | None
    state: Path | None
    as_windows: bool
    yes: bool


def agent_order(wanted: AgentWanted) -> AgentOrder | None:
    """How an agent may attach, None for not at all. UsageError, also where nobody agrees to it."""
    if not wanted.agent:
        _refuse_without_agent(wanted)
        return None
    address, port = _address(wanted.listen) if wanted.listen else ("", 0)
    if address and not ipaddress.ip_address(address).is_loopback and not wanted.yes:
        _ask(address)
    from orchestrator.sandbox.launch.attaching import AgentOrder

    return AgentOrder(address, port, wanted.files, wanted.state, wanted.as_windows)


def agent_lines(attached: Attached, folder: Path) -> Iterator[str]:
    """What `orch sandbox start` says of the host that an agent attaches as."""
    where = attached.addresses
    yield f"# a real SSM agent may attach as {attached.instance_id}"
    yield f"#   what attaches it, and puts everything back: {folder}/README.txt"
    yield f"#   its addresses: ssm {where.ssm}, ec2messages {where.ec2messages},"
    yield f"#     metadata {where.imds}, other services {where.aws}"
    if where.admission:
        yield f"#   asked for once from its machine, else there are no metadata: {where.admission}"
    yield (
        "#   it is there when this says Online: aws ssm describe-instance-information --filters"
        f" Key=InstanceIds,Values={attached.instance_id}"
    )


def _refuse_without_agent(wanted: AgentWanted) -> None:
    given = {
        "--listen": wanted.listen,
        "--agent-config": wanted.files,
        "--state": wanted.state,
        "--agent-as-windows": wanted.as_windows,
        "--yes": wanted.yes,
    }
    for name, value in given.items():
        if value:
            mend = "add --agent"
            raise UsageError("it has no effect without a real agent", where=name, mend=mend)


def _address(text: str) -> tuple[str, int]:
    """An address with its port, 0 for any: ``10.0.0.5``, ``10.0.0.5:8080``, ``[::1]:8080``."""
    mend = "name one address of this machine by its numbers, e.g. 10.0.0.5 or 10.0.0.5:8080"
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError as error:
        raise UsageError(f"{text[:80]!r} is no address", where="--listen", mend=mend) from error
    if address.is_unspecified:
        what = f"{address} means all addresses, and an agent has to be told one"
        raise UsageError(what, where="--listen", mend=mend)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        what = f"{address} is an address of one network card alone, and no URL names that"
        raise UsageError(what, where="--listen", mend=mend)
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_535):
        what = f"{port[:20]!r} is no port below 65535: the metadata have the next one"
        raise UsageError(what, where="--listen", mend=mend)
    return str(address), int(port or 0)


def _ask(address: str) -> None:
    """Whoever opens a door should know who can come in."""
    from orchestrator.cli.asking import confirmed, has_person

    said = (
        f"Whoever reaches {address} over the network can connect to the sandbox. Without the token"
        " in its addresses there is nothing to be had; whoever reads the traffic reads the token,"
        " and everything else, since nothing is encrypted. With it one can act on the sandbox, and"
        " take the agent's place. The keys that it hands out open nothing anywhere else."
    )
    typer.echo(said, err=True)
    if not has_person():
        what = f"nobody is here to agree to listening on {address}"
        raise UsageError(what, where="--listen", mend="say --yes")
    if not confirmed(f"Listen on {address}?"):
        raise UsageError("not agreed to", where="--listen", mend="leave it out for loopback alone")
