"""The errors that `orch` shows to people, each with where, what and the mend.

    OrchError                exit code
    +-- UsageError               2      an argument, a file or a runbook is wrong
    +-- CannotRunError           3      nothing could be run: credentials, the API, no target
    |   +-- CredentialsError            no credentials, or ones that AWS does not take
    |   +-- DeniedError                 the operator may not make this call
    |   +-- UnreachableError            no answer: network, throttling, a fault of the service
    |   |   +-- LostAnswerError         the same, and what was asked may have been done
    |   +-- NotManagedError             SSM does not manage the instance here
    |   +-- JournalError                the file that runs are kept in cannot be used
    +-- InterruptedRunError    130      Ctrl-C

What goes wrong on one host is never an exception: it is a value in the report.
"""

from __future__ import annotations


class OrchError(Exception):
    """An error with an address: where it is, what is wrong, and how to mend it.

    ``cause`` is a name of the catalogue (`orch explain`), where one says the same at length.
    """

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", mend: str = "", cause: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend
        self.cause = cause

    def __str__(self) -> str:
        # A file's name may hold line breaks; what follows one would look like words of ours.
        where = f"{self.where}: ".replace("\n", "\\n") if self.where else ""
        mend = f"\n  mend: {self.mend}" if self.mend else ""
        cause = f" [{self.cause}]" if self.cause else ""
        return f"{where}{self.what}{cause}{mend}"


class UsageError(OrchError):
    """An argument, a settings file or a runbook is wrong; nothing was sent."""

    exit_code = 2


class CannotRunError(OrchError):
    """The run could not take place at all."""


class CredentialsError(CannotRunError):
    """There are no credentials, or AWS does not accept them (unknown, expired, wrong clock)."""


class DeniedError(CannotRunError):
    """The operator's identity may not make this call."""


class UnreachableError(CannotRunError):
    """The service gave no answer that can be used: network, throttling, or its own fault."""


class LostAnswerError(UnreachableError):
    """No answer came to a request that the service may have carried out."""


class NotManagedError(CannotRunError):
    """SSM does not manage the instance in this account and region."""


class JournalError(CannotRunError):
    """The file that runs are kept in cannot be read or written."""


class InterruptedRunError(OrchError):
    """The person at the keyboard stopped the run."""

    exit_code = 130
