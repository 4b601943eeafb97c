"""Level 5: the command line. It alone reads argv, the environment and the working folder.

Every module here is light to import: what is heavy is imported inside the command that needs it.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run `orch` and exit with its code. No error reaches people as a traceback unless asked."""
    if sys.argv[1:] == ["--version"]:
        # Scripts ask this often, and it needs nothing of the rest.
        from orchestrator import __version__

        sys.stdout.write(f"orch {__version__}\n")
        return
    from orchestrator.cli.app import app
    from orchestrator.cli.console import debugging, show_error
    from orchestrator.errors import InterruptedRunError, OrchError

    try:
        app()
    except OrchError as error:
        if debugging():
            raise
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        show_error(InterruptedRunError("stopped"))
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has left, e.g. `| head`: nothing more can be said to it.
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:  # the last door before a traceback
        if debugging():
            raise
        mend = "this is a mistake in orch; `orch --debug ...` shows where, please report it"
        show_error(OrchError(f"{type(error).__name__}: {error}", mend=mend))
        sys.exit(3)
