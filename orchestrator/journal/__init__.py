"""Level 3: runs on disk, so that a closed lid, a dropped network or a kill loses nothing.

One SQLite file in the user's state folder. What is about to be done is written before it is done,
and what was seen as soon as it was seen: `SqliteJournal` writes and reads. One process at a time
sees a run to its end: `holding`. What came of a run has a hash when it ends, in a chain: `sealing`,
`links`, `verifying`. Runs of another journal come as lines: `exporting`, `arriving`, `answering`,
`importing`.
"""

from orchestrator.journal.holding import RunHeldError, holding, is_held
from orchestrator.journal.receiving import received
from orchestrator.journal.store import SqliteJournal

__all__ = ["RunHeldError", "SqliteJournal", "holding", "is_held", "received"]
