"""What every strategy is given, and how it tells a verdict: each of them is a program of its own.

It sends the scripts one after the other, each to all hosts, since every SendCommand starts a new
PowerShell: what was before the switch, and what is after it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PASS, FAIL, UNKNOWN = "PASS", "FAIL", "UNKNOWN"
AT_ONCE = 50
"""Instance ids that one SendCommand takes."""
_VERDICTS = {"Success": PASS, "Failed": FAIL}


@dataclass(frozen=True)
class Job:
    """``hosts`` to send each of ``scripts`` to; verdicts go to the file ``told``.

    ``looked_at`` is of how many hosts the end is looked at: all, but for a sample.
    """

    hosts: Sequence[str]
    scripts: Sequence[Path]
    told: Path
    looked_at: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def read(cls) -> Job:
        """From the file that the command line names."""
        given = json.loads(Path(sys.argv[1]).read_text())
        scripts = [Path(name) for name in given["scripts"]]
        return cls(given["hosts"], scripts, Path(given["told"]), given["looked_at"])

    def chunks(self) -> Iterator[Sequence[str]]:
        """The hosts in fifties."""
        for begin in range(0, len(self.hosts), AT_ONCE):
            yield self.hosts[begin : begin + AT_ONCE]

    def sample(self) -> Sequence[str]:
        """The hosts whose ends are looked at."""
        return self.hosts[: self.looked_at]

    def send(self, ssm: Any, script: Path) -> Mapping[str, str]:
        """Send it to all hosts with a client of boto3; the command of each host.

        Fifty hosts whose command is refused, also when botocore has tried again, have none.
        """
        command_of: dict[str, str] = {}
        for hosts in self.chunks():
            try:
                sent = ssm.send_command(**request(hosts, script))
            except Exception as error:  # noqa: BLE001 - botocore's own come from its import
                print(f"not sent: {error}", file=sys.stderr)
                continue
            command_of |= dict.fromkeys(hosts, str(sent["Command"]["CommandId"]))
        return command_of

    def look(
        self,
        number: int,
        command_of: Mapping[str, str],
        status: Callable[[str, str], str],
        at_once: int,
    ) -> None:
        """Tell of each host what ``status`` says of its command and it, so many at once."""

        def look(host: str) -> None:
            command_id = command_of.get(host)
            self.tell(number, host, status(command_id, host) if command_id else "")

        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(look, self.sample()))

    def tell(self, number: int, host: str, status: str) -> None:
        """Of the script of that number this host's Status is known now, and its output is here.

        What has not ended, or was never seen, is UNKNOWN.
        """
        verdict = _VERDICTS.get(status, UNKNOWN)
        line = {"script": number, "host": host, "verdict": verdict, "at": time.time()}
        with self._lock, self.told.open("a") as file:
            file.write(json.dumps(line) + "\n")


def request(hosts: Sequence[str], script: Path) -> Mapping[str, Any]:
    """The members of SendCommand.

    MaxErrors is 0 by default: the first host that fails would stop the others.
    """
    return {
        "DocumentName": "AWS-RunPowerShellScript",
        "InstanceIds": list(hosts),
        "MaxErrors": "100%",
        "Parameters": {"commands": script.read_text().split("\n")},
    }
