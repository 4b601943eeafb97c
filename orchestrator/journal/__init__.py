"""Level 3: runs on disk, so that a closed lid, a dropped network or a kill loses nothing.

One SQLite file in the user's state folder. What is about to be done is written before it is done,
and what was seen as soon as it was seen: `SqliteJournal` writes and reads.
"""

from orchestrator.journal.store import SqliteJournal

__all__ = ["SqliteJournal"]
