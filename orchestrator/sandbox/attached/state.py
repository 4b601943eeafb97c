"""What outlives a sandbox that has a folder for it: how it is reached, and what its agents know.

All of it lies in one database, and a change is in it before whoever made it is answered.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from orchestrator.errors import CannotRunError
from orchestrator.sandbox.attached.kept import (
    command_of,
    command_text,
    invocation_text,
    session_of,
    session_text,
)
from orchestrator.sandbox.attached.node import About
from orchestrator.sandbox.cloud.identities import Session
from orchestrator.sandbox.runcommand.records import Command

FILE = "agent.sqlite"
_TABLES = """
    create table if not exists settings (name text primary key, value text not null);
    create table if not exists reports
        (instance_id text primary key, about text not null, reported text not null);
    create table if not exists sessions (access_key_id text primary key, session text not null);
    create table if not exists admitted (address text primary key);
    create table if not exists commands (command_id text primary key, command text not null);
    create table if not exists invocations
        (command_id text, instance_id text, invocation text not null,
         primary key (command_id, instance_id));
"""


class State:
    """The database in ``folder``, or one in memory that ends with the sandbox.

    ``instance_id`` is the host whose commands are kept.
    """

    def __init__(self, folder: Path | None, instance_id: str) -> None:
        """CannotRunError where it cannot be used, or another sandbox uses it."""
        self._instance_id = instance_id
        self._lock = threading.Lock()
        self._outlives = folder is not None
        self._written: dict[tuple[str, str], int] = {}
        try:
            self._database = _opened(folder)
        except (OSError, sqlite3.Error) as error:
            raise CannotRunError(
                f"{folder} cannot hold the agent's state: {error}",
                where="--state",
                mend="name a folder that you may write to, and that no other sandbox uses",
            ) from error

    def close(self) -> None:
        """Let another sandbox have it."""
        with self._lock:
            self._database.close()

    @property
    def token(self) -> str:
        """The unguessable part of addresses: made once."""
        return self._setting("token", secrets.token_urlsafe(32))

    def port(self, name: str) -> int:
        """The port that this service had before; 0 where it had none."""
        return int(self._setting(f"port {name}", "0"))

    def keep_port(self, name: str, port: int) -> None:
        """Have it at that port again."""
        self._put("settings", (f"port {name}", str(port)))

    def keep_report(self, instance_id: str, about: About, reported: datetime) -> None:
        """What an agent has said of its host."""
        told = json.dumps(dataclasses.asdict(about))
        self._put("reports", (instance_id, told, reported.isoformat()))

    def report(self) -> tuple[About, datetime] | None:
        """What the agent said last."""
        query = "select about, reported from reports where instance_id = ?"
        for about, reported in self._rows(query, self._instance_id):
            return About(**json.loads(about)), datetime.fromisoformat(reported)
        return None

    def keep_session(self, session: Session) -> None:
        """The keys that the host's metadata have handed out."""
        if ("session", session.access_key_id) not in self._written:
            self._put("sessions", (session.access_key_id, session_text(session)))
            self._written["session", session.access_key_id] = 0

    def sessions(self, now: datetime) -> list[Session]:
        """Those of them that have not ended."""
        kept = [session_of(text) for (text,) in self._rows("select session from sessions")]
        return [session for session in kept if session.expiration > now]

    def admit(self, address: str) -> None:
        """Whoever comes from there has the token."""
        if ("admitted", address) not in self._written:
            self._put("admitted", (address,))
            self._written["admitted", address] = 0

    def admitted(self) -> set[str]:
        """All of those."""
        return {address for (address,) in self._rows("select address from admitted")}

    def keep_command(self, command: Command) -> None:
        """Keep what has changed of a command, if it was sent to the attached host at all."""
        if not self._outlives or self._instance_id not in command.invocations:
            return
        key = command.command_id
        texts = {
            (key, each.instance_id): invocation_text(each) for each in command.invocations.values()
        }
        with self._lock:
            changed = {p: text for p, text in texts.items() if self._written.get(p) != hash(text)}
            with self._database:
                if (key, "") not in self._written:
                    insert = "insert or ignore into commands values (?, ?)"
                    self._database.execute(insert, (key, command_text(command)))
                for part, text in changed.items():
                    insert = "insert or replace into invocations values (?, ?, ?)"
                    self._database.execute(insert, (*part, text))
            # Only what has come there is not to be written again.
            self._written |= {(key, ""): 0, **{part: hash(text) for part, text in changed.items()}}

    def commands(self) -> Iterator[Command]:
        """All that were kept, in the order in which they were sent."""
        for command_id, text in self._rows(
            "select command_id, command from commands order by rowid"
        ):
            query = "select invocation from invocations where command_id = ?"
            yield command_of(text, [row for (row,) in self._rows(query, command_id)])

    def _setting(self, name: str, otherwise: str) -> str:
        for (value,) in self._rows("select value from settings where name = ?", name):
            return str(value)
        self._put("settings", (name, otherwise))
        return otherwise

    def _rows(self, query: str, *values: str) -> list[tuple[str, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _put(self, table: str, row: tuple[str, ...]) -> None:
        with self._lock, self._database:
            places = ", ".join("?" for _ in row)
            insert = f"insert or replace into {table} values ({places})"  # noqa: S608 - our names
            self._database.execute(insert, row)


def _opened(folder: Path | None) -> sqlite3.Connection:
    path = ":memory:"
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / FILE
        file.touch(mode=0o600)
        path = str(file)
    database = sqlite3.connect(path, check_same_thread=False, timeout=1.0)
    try:
        # Held to the end: two sandboxes would answer for one agent.
        database.execute("pragma locking_mode = exclusive")
        database.execute("pragma journal_mode = wal")
        # What is committed outlives this process; only the machine's own end may lose the last.
        database.execute("pragma synchronous = normal")
        database.execute("begin exclusive")
        database.commit()
        database.executescript(_TABLES)
    except BaseException:
        database.close()
        raise
    return database
