"""What all are measured by: the sandbox's own record of calls, the hosts' ends, the verdicts told.

Nothing here is a client's word but its verdicts and when it had them.
"""

from __future__ import annotations

import configparser
import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import sleep, time
from typing import Any

from rivals.measured import Told


def calls_of(path: Path, profile: str, until: float) -> list[dict[str, Any]]:
    """The calls that were made with the profile's key, refused ones and repeated ones too."""
    keys = configparser.ConfigParser()
    keys.read(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    key = keys[profile]["aws_access_key_id"]
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return [row for row in rows if row["access_key"] == key and row["at"] <= until]


def ends(profile: str) -> Mapping[tuple[int, str], float]:
    """When each script ended on each host, as the host itself had it; what runs on is left out.

    The scripts are numbered in the order in which a host was sent them. Asked by another profile
    than the measured one. RuntimeError where a host's script failed: then no verdict is known to be
    wrong.
    """
    # Imported late: a process counts as large as the one that started it was.
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 20}
    ssm = boto3.Session(profile_name=profile).client("ssm", config=Config(retries=retries))
    rows = [
        row
        for page in ssm.get_paginator("list_command_invocations").paginate(Details=True)
        for row in page["CommandInvocations"]
    ]
    rows.sort(key=lambda row: row["RequestedDateTime"])
    taken: Counter[str] = Counter()
    found: dict[tuple[int, str], float] = {}
    for row in rows:
        host, plugin = row["InstanceId"], row["CommandPlugins"][0]
        if "ResponseFinishDateTime" in plugin:
            if row["Status"] != "Success":
                raise RuntimeError(f"{host} ended as {row['StatusDetails']}: {plugin['Output']}")
            found[taken[host], host] = plugin["ResponseFinishDateTime"].timestamp()
        taken[host] += 1
    return found


def told(path: Path) -> Told:
    """The verdicts that a strategy wrote down."""
    lines = path.read_text().splitlines() if path.exists() else []
    rows = (json.loads(line) for line in lines)
    return {(row["script"], row["host"]): (row["verdict"], row["at"]) for row in rows}


@dataclass
class JournalWatch:
    """When each host's evidence came into the journal of `orch run`, to a fiftieth of a second.

    `orch` keeps what a host said as soon as it has it, and prints its one report at the end.
    """

    path: Path

    def __post_init__(self) -> None:
        self.seen: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look once more, and no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.path.exists() and not self._over.is_set():
            sleep(0.05)
        last, over = 0, False
        if not self.path.exists():
            return
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as file:
            while not over:
                over = self._over.wait(0.02)
                last = self._look(file, last)

    def _look(self, file: sqlite3.Connection, last: int) -> int:
        ask = "SELECT rowid, instance_id FROM hosts WHERE rowid > ? ORDER BY rowid"
        try:
            rows = file.execute(ask, (last,)).fetchall()
        except sqlite3.OperationalError:
            # The file is there before its tables are.
            return last
        now = time()
        self.seen |= dict.fromkeys((instance_id for _, instance_id in rows), now)
        return max((number for number, _ in rows), default=last)
