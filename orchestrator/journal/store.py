"""The journal as a port, with all that can be asked of it afterwards."""

from __future__ import annotations

from orchestrator.journal.exporting import Exporting
from orchestrator.journal.importing import Importing
from orchestrator.journal.looking_back import LookingBack
from orchestrator.journal.pruning import Pruning
from orchestrator.journal.reading import Reading
from orchestrator.journal.scheduled import Scheduled
from orchestrator.journal.verifying import Verifying
from orchestrator.journal.writing import Writing


class SqliteJournal(
    Writing, Reading, LookingBack, Pruning, Verifying, Exporting, Importing, Scheduled
):
    """One file; see `orchestrator.ports.Journal` for what each method promises.

    Every method raises JournalError where the file cannot be used. It may be called from several
    threads; several processes may use one file.
    """
