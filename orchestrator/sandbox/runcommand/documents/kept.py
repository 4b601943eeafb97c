"""The documents of one account and region, each with its versions."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.ports import Clock
from orchestrator.sandbox.parts import Place
from orchestrator.sandbox.runcommand.documents.model import Document
from orchestrator.sandbox.runcommand.documents.own import OWNER, TEXTS, own_document
from orchestrator.sandbox.runcommand.documents.reading import read_content
from orchestrator.sandbox.runcommand.errors import ApiError

MOST_DOCUMENTS = 500
MOST_VERSIONS = 1000
_RESERVED = ("aws", "amazon", "amzn")


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was given, with its VersionName as ``label``.

    ``since`` is when, by the clock that never goes back.
    """

    document: Document
    text: str
    form: str
    created: datetime
    since: float
    label: str = ""
    shown_name: str = ""
    target_type: str = ""

    @property
    def number(self) -> str:
        """Its DocumentVersion."""
        return self.document.version

    @property
    def sha256(self) -> str:
        """The hash of its text."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()


@dataclass(slots=True)
class Kept:
    """A document of a name. Versions are in their order; ``default`` is one's number."""

    name: str
    owner: str
    versions: list[Version]
    default: str = "1"
    made: int = 1
    """How many versions there ever were: no number is given twice."""

    @property
    def latest(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    def version(self, number: str, name: str = "") -> Version:
        """One of the versions: by number, ``$LATEST``, ``$DEFAULT`` or its VersionName."""
        number = {"": self.default, "$DEFAULT": self.default, "$LATEST": self.latest.number}.get(
            number, number
        )
        for version in self.versions:
            if version.label == name if name else version.number == number:
                return version
        raise ApiError(
            "InvalidDocumentVersion",
            f"Document version {name or number} of {self.name} does not exist.",
        )


class Documents:
    """All that can be named there: the account's own, and AWS's.

    ``settling`` is how many seconds a new document is being made. ``is_used`` tells whether
    somebody needs a document of that name, ``on_change`` is told of one that has changed.
    """

    def __init__(self, clock: Clock, place: Place, settling: float) -> None:
        self._clock = clock
        self._place = place
        self._settling = settling
        self._lock = threading.RLock()
        self._kept: dict[str, Kept] = {}
        started = clock.now()
        for name, text in TEXTS.items():
            document = own_document(name)
            made = Version(document, text, "JSON", started, float("-inf"))
            self._kept[name] = Kept(name, OWNER, [made])
        self.is_used: Callable[[str], bool] = lambda _: False
        self.on_change: Callable[[str], None] = lambda _: None

    def arn(self, name: str) -> str:
        """The ARN of a document of that name or ARN, whether there is one or not."""
        if ":" in name:
            return name
        account = "" if name.lower().startswith(_RESERVED) else self._place.account
        return f"arn:aws:ssm:{self._place.region}:{account}:document/{name}"

    def get(self, name: str) -> Kept:
        """The document of that name or ARN. InvalidDocument."""
        with self._lock:
            short = name.rpartition("/")[2]
            found = self._kept.get(short)
        if found is None or (":" in name and name != self.arn(short)):
            raise ApiError("InvalidDocument", f"Document with name {name} does not exist.")
        return found

    def named(self, name: str, version: str) -> Document:
        """What a command is to run. InvalidDocument, InvalidDocumentVersion."""
        found = self.get(name).version(version)
        if self.status(found) != "Active":
            raise ApiError("InvalidDocument", f"Document {name} is not active yet.")
        return found.document

    def all(self) -> Sequence[Kept]:
        """All of them, by name."""
        with self._lock:
            return sorted(self._kept.values(), key=lambda kept: kept.name)

    def status(self, version: Version) -> str:
        """Its status: it takes a moment until it can be used."""
        age = self._clock.monotonic() - version.since
        return "Active" if age >= self._settling else "Creating"

    def create(self, name: str, text: str, form: str, **about: str) -> Kept:
        """Keep a new one. ApiError: DocumentAlreadyExists, DocumentLimitExceeded, or its text's."""
        if name.lower().startswith(_RESERVED):
            message = f"The prefixes of {', '.join(_RESERVED)} are reserved: {name}"
            raise ApiError("ValidationException", message)
        document = read_content(name, "1", text, form)
        with self._lock:
            if name in self._kept:
                raise ApiError("DocumentAlreadyExists", f"Document {name} already exists.")
            if sum(kept.owner != OWNER for kept in self._kept.values()) >= MOST_DOCUMENTS:
                message = f"You can have at most {MOST_DOCUMENTS} active SSM documents."
                raise ApiError("DocumentLimitExceeded", message)
            self._kept[name] = Kept(
                name, self._place.account, [self._new(document, text, form, about)]
            )
            return self._kept[name]

    def update(self, name: str, version: str, text: str, form: str, **about: str) -> Version:
        """Keep a new version, which follows ``version``: that has to be the latest."""
        with self._lock:
            kept = self.changeable(name)
            if kept.version(version) is not kept.latest:
                message = (
                    "Only the latest version of a document can be updated: name it, or $LATEST."
                )
                raise ApiError("InvalidDocumentVersion", message)
            if any(about.get("label") and old.label == about["label"] for old in kept.versions):
                message = f"The version name {about['label']} is used already."
                raise ApiError("DuplicateDocumentVersionName", message)
            document = read_content(name, str(kept.made + 1), text, form)
            if any(document.content == old.document.content for old in kept.versions):
                message = "The content of the document matches one of its versions."
                raise ApiError("DuplicateDocumentContent", message)
            if len(kept.versions) >= MOST_VERSIONS:
                message = f"A document has at most {MOST_VERSIONS} versions."
                raise ApiError("DocumentVersionLimitExceeded", message)
            kept.made += 1
            made = self._new(document, text, form, about)
            kept.versions.append(made)
        self.on_change(name)
        return made

    def make_default(self, name: str, number: str) -> Version:
        """Let the version of that number be what is meant where none is named."""
        with self._lock:
            kept = self.changeable(name)
            found = kept.version(number)
            kept.default = found.number
        self.on_change(name)
        return found

    def delete(self, name: str, number: str, version_name: str) -> None:
        """Forget it, or one version. AssociatedInstances where somebody needs it."""
        with self._lock:
            kept = self.changeable(name)
            if self.is_used(name):
                message = f"Document {name} is associated: delete its associations before."
                raise ApiError("AssociatedInstances", message)
            if not number and not version_name:
                del self._kept[name]
                return
            found = kept.version(number, version_name)
            if found.number == kept.default:
                message = "The default version of a document cannot be deleted."
                raise ApiError("InvalidDocumentOperation", message)
            kept.versions.remove(found)

    def changeable(self, name: str) -> Kept:
        """The account's own document of that name. InvalidDocument where there is none."""
        kept = self.get(name)
        if kept.owner == OWNER:
            raise ApiError("InvalidDocument", f"Document {name} is not yours.")
        return kept

    def _new(self, document: Document, text: str, form: str, about: dict[str, str]) -> Version:
        now, since = self._clock.now(), self._clock.monotonic()
        return Version(document, text, form, now, since, **about)
