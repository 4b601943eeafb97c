"""Level 5: the command line. It alone reads argv, the environment and the working folder.

Every module here is light to import: what is heavy is imported inside the command that needs it.
"""

from __future__ import annotations

import sys
from contextlib import suppress


def main() -> None:
    """Run `orch` and exit with its code. No error reaches people as a traceback unless asked."""
    if sys.argv[1:] == ["--version"]:
        # Scripts ask this often, and it needs nothing of the rest.
        from orchestrator import __version__

        # What does not take it is told of as everywhere else, below.
        with suppress(OSError):
            sys.stdout.write(f"orch {__version__}\n")
            sys.stdout.flush()
            return
    try:
        _main()
    except KeyboardInterrupt:
        # Before there is a command, or while something else is being told.
        sys.stderr.write("orch: stopped by Ctrl-C\n")
        sys.exit(130)


def _main() -> None:
    from orchestrator.cli.app import app
    from orchestrator.cli.console import show_error
    from orchestrator.errors import OrchError

    try:
        app()
    except OrchError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last door before a traceback
        mend = "this is a mistake in orch; `orch --debug ...` shows where, please report it"
        mistake = OrchError(f"{type(error).__name__}: {error}", mend=mend)
        mistake.__cause__ = error
        show_error(mistake)
        sys.exit(mistake.exit_code)
