"""The gate in front of moto: authenticates, decides, and only then lets a request through."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from orchestrator.sandbox.cloud import sts
from orchestrator.sandbox.cloud.asked import PROTOCOLS, Asked, asked
from orchestrator.sandbox.cloud.authority import Signed, allow, authenticate, signature_of
from orchestrator.sandbox.cloud.buckets import bucket_region
from orchestrator.sandbox.cloud.forwarding import Answer, Forwarding
from orchestrator.sandbox.cloud.gone import part_with_the_gone
from orchestrator.sandbox.cloud.identities import Identities
from orchestrator.sandbox.cloud.refusals import (
    Protocol,
    Reason,
    RefusedError,
    body_of,
    not_here,
    refusal,
)
from orchestrator.sandbox.cloud.s3_requests import s3_request
from orchestrator.sandbox.cloud.signature import raw_path
from orchestrator.sandbox.cloud.stacks import StackService
from orchestrator.sandbox.cloud.state import give_ids, principals
from orchestrator.sandbox.cloud.written import check_written

_SERVICE = re.compile(r"Credential=[^,\s]*/([\w-]+)/aws4_request", re.ASCII)
_LARGEST = 64 * 1024 * 1024
_READING = ("Describe", "Get", "List")
_OWNERS_ALONE = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})


class Gate:
    """A WSGI application. ``moto`` gets what is allowed, told on whose account's behalf.

    ``throttle`` maps operations (``sts:AssumeRole``) to the count of first calls that are refused.
    """

    def __init__(
        self,
        moto: Forwarding,
        identities: Identities,
        stacks: StackService,
        throttle: Mapping[str, int],
    ) -> None:
        self._moto = moto
        self._identities = identities
        self._stacks = stacks
        self._throttle = throttle
        self._throttled: Counter[str] = Counter()
        self._changing = threading.RLock()
        self.changes = 0
        """How many requests may have changed something: what was learnt before the last is old."""

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            answer = self._answer(environ)
        except RefusedError as refused:
            answer = _refused(refused)
        except Exception as error:  # noqa: BLE001 - nothing gets through by a mistake of ours
            fault = RefusedError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            answer = _refused(fault)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        if is_head and answer.code == HTTPStatus.FORBIDDEN:
            answer = replace(answer, headers=(*answer.headers, *_region_of_bucket(environ)))
        start(answer.status, list(answer.headers))
        return [] if is_head else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        protocol = _protocol(environ)
        body = read_body(environ, protocol)
        service = signature_of(environ, protocol).service
        if service not in PROTOCOLS:
            raise not_here(protocol, f"the service {service}")
        signed = authenticate(self._identities, environ, body, protocol)
        with self._turn(environ, service):
            wanted = asked(service, signed, body)
            self._slow_down(wanted)
            _decide(wanted, signed, body)
            if service == "sts":
                return _answered("text/xml", sts.answer(wanted.form, signed, self._identities))
            if not wanted.changes_principals:
                return self._forward(wanted, signed, body)
            known = principals()
            try:
                return self._forward(wanted, signed, body)
            finally:
                # Also what fails halfway may have removed somebody.
                part_with_the_gone(known)

    def _turn(self, environ: WSGIEnvironment, service: str) -> AbstractContextManager[object]:
        """One change after the other, so that each is decided about by what it then finds."""
        reads = _reads(environ) and service != "cloudformation"
        return nullcontext() if reads else self._changing

    def _slow_down(self, wanted: Asked) -> None:
        operation = f"{wanted.service}:{wanted.operation}"
        if self._throttled[operation] < self._throttle.get(operation, 0):
            self._throttled[operation] += 1
            raise refusal(wanted.protocol, Reason.THROTTLED)

    def _forward(self, wanted: Asked, signed: Signed, body: bytes) -> Answer:
        try:
            return self._carried_out(wanted, signed, body)
        finally:
            # Counted when it is done: whoever asks meanwhile may have seen what was before.
            if not (_reads(signed.environ) or wanted.operation.startswith(_READING)):
                self.changes += 1

    def _carried_out(self, wanted: Asked, signed: Signed, body: bytes) -> Answer:
        if wanted.service == "cloudformation":
            return _answered("text/xml", self._stacks.answer(wanted.form, signed))
        answer = self._moto.ask(wanted, signed.environ, body)
        if answer.code < HTTPStatus.MULTIPLE_CHOICES and wanted.operation == "CreateUser":
            return _with_ids(answer, give_ids(wanted.owner))
        return answer


def _reads(environ: WSGIEnvironment) -> bool:
    return environ["REQUEST_METHOD"] in {"GET", "HEAD"}


def _decide(wanted: Asked, signed: Signed, body: bytes) -> None:
    """RefusedError unless it is allowed, and right if it is to be kept."""
    context = signed.context() if wanted.questions else {}
    for question in wanted.questions:
        allow(signed, question.with_context(context), wanted.protocol)
    is_foreign = wanted.owner != signed.identity.caller.account
    if is_foreign and wanted.s3 is not None and wanted.s3.action in _OWNERS_ALONE:
        message = "The specified method is not allowed against this resource."
        raise RefusedError("MethodNotAllowed", message, 405, Protocol.S3)
    check_written(wanted, body)


def _with_ids(answer: Answer, given: Mapping[str, str]) -> Answer:
    body = answer.body
    for old, new in given.items():
        body = body.replace(old.encode(), new.encode())
    kind = next(value for name, value in answer.headers if name.lower() == "content-type")
    return _answered(kind, body)


def read_body(environ: WSGIEnvironment, protocol: Protocol) -> bytes:
    """The whole body. RefusedError where it is too large or has no sound length."""
    source = environ["wsgi.input"]
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if environ.get("wsgi.input_terminated") and "CONTENT_LENGTH" not in environ:
        body: bytes = source.read(_LARGEST + 1)
    elif not (length.isascii() and length.isdigit()):
        raise refusal(protocol, Reason.INVALID, "The Content-Length is no number.")
    else:
        body = source.read(min(int(length), _LARGEST + 1))
    if len(body) > _LARGEST:
        code = "EntityTooLarge" if protocol is Protocol.S3 else "RequestEntityTooLarge"
        raise RefusedError(code, "The request is too large.", 413, protocol)
    return body


def _protocol(environ: WSGIEnvironment) -> Protocol:
    """The form of the answer: the signed service's, or a guess where nothing says which."""
    found = _SERVICE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if found is not None and found[1] in PROTOCOLS:
        return PROTOCOLS[found[1]]
    if "HTTP_X_AMZ_TARGET" in environ:
        return Protocol.JSON
    # Without a signature S3 alone is asked by a path; all others by a form.
    return Protocol.QUERY if environ["REQUEST_METHOD"] == "POST" else Protocol.S3


def _region_of_bucket(environ: WSGIEnvironment) -> tuple[tuple[str, str], ...]:
    """S3 tells it to whoever asks for a bucket's head, also where that is refused.

    The SSM agent asks so before it uploads.
    """
    try:
        wanted = s3_request("HEAD", *raw_path(environ), str(environ.get("HTTP_HOST", "")))
    except ValueError:
        return ()
    region = None if wanted.key else bucket_region(wanted.bucket)
    return (("x-amz-bucket-region", region),) if region else ()


def _refused(refused: RefusedError) -> Answer:
    kind, text = body_of(refused)
    return _answered(kind, text, refused.status)


def _answered(kind: str, body: bytes, status: int = 200) -> Answer:
    headers = (("Content-Type", kind), ("Content-Length", str(len(body))))
    return Answer(f"{status} {HTTPStatus(status).phrase}", headers, body)
