"""The agents' message service, ec2messages: the other front of Run Command, over HTTP.

There is no documentation of it but the agent itself (its vendored client ``ssmmds``). Errors have
the names of that client's, or of all of AWS's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from wsgiref.types import WSGIEnvironment

from orchestrator.sandbox.attached import wire
from orchestrator.sandbox.attached.attachments import Attachment, Attachments
from orchestrator.sandbox.attached.wire import Letter
from orchestrator.sandbox.runcommand.app import Endpoint
from orchestrator.sandbox.runcommand.errors import ApiError, Authorize
from orchestrator.sandbox.runcommand.messages import Cancel, Order
from orchestrator.sandbox.runcommand.shapes import Json
from orchestrator.sandbox.server import has_gone

SERVICE = "ec2messages"
_TARGET = "EC2WindowsMessageDeliveryService."
LONGEST_POLL = 15.0
"""Seconds. The agent hangs up after twenty, and what it was sent just then would be late."""
_INVISIBLE = 10.0
_LONGEST_INVISIBLE = 43_200

Signer = Callable[[WSGIEnvironment], str | None]
"""From a request to the ARN of the instance whose own keys signed it. ApiError."""


class MessageService:
    """``app`` is its endpoint, ``url`` what it says that its endpoint is."""

    def __init__(
        self,
        attachments: Attachments,
        authorize: Authorize,
        signer: Signer,
        longest_poll: float = LONGEST_POLL,
    ) -> None:
        self.app = Endpoint(self._handle, _TARGET)
        self.url = ""
        self._attachments = attachments
        self._authorize = authorize
        self._signer = signer
        self._longest_poll = longest_poll

    def _handle(self, environ: WSGIEnvironment, operation: str, request: Mapping[str, Any]) -> Json:
        signed = self._signer(environ)
        if operation not in _OPERATIONS:
            message = f"{operation[:80]} is not in the sandbox"
            raise ApiError("UnknownOperationException", message)
        self._authorize(environ, f"{SERVICE}:{operation}", "*")
        attachment = self._attachments.find(signed)
        if attachment is None:
            message = "the request is not signed by an instance that an agent may attach as"
            raise ApiError("AuthorizationFailureException", message)
        return _OPERATIONS[operation](self, environ, attachment, request)

    def get_endpoint(
        self, _environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """Where messages are to be had: here."""
        _check_destination(attachment, request)
        return {"Endpoint": self.url}

    def get_messages(
        self, environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """Those that wait, or what comes while the agent waits."""
        _check_destination(attachment, request)
        asked = _text(request, "MessagesRequestId")
        invisible = request.get("VisibilityTimeoutInSeconds", _INVISIBLE)
        if not _is_number(invisible) or not 0 <= invisible <= _LONGEST_INVISIBLE:
            raise ApiError("ValidationException", "VisibilityTimeoutInSeconds is out of range")
        identity = attachment.identity
        letters = self._wanted(environ, attachment, float(invisible))
        return {
            "Destination": identity.instance_id,
            "MessagesRequestId": asked,
            "Messages": [wire.shown(letter, identity.region) for letter in letters],
        }

    def _wanted(
        self, environ: WSGIEnvironment, attachment: Attachment, invisible: float
    ) -> list[Letter]:
        """The next letters but for commands that are over, or too old to be begun."""
        left = self._longest_poll
        began = datetime.now(UTC)
        while left > 0:
            taken = attachment.mailbox.take(left, invisible, lambda: has_gone(environ))
            wanted = [letter for letter in taken if _is_wanted(attachment, letter)]
            for letter in taken:
                if letter not in wanted:
                    attachment.mailbox.acknowledge(letter.message_id)
            if wanted or not taken:
                return wanted
            left = self._longest_poll - (datetime.now(UTC) - began).total_seconds()
        return []

    def acknowledge_message(
        self, _environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """The agent has it, and will run it."""
        letter_name, order = _named(attachment, request)
        attachment.mailbox.acknowledge(letter_name)
        instance_id = attachment.identity.instance_id
        if order and not attachment.run_command.acknowledge(order, instance_id):
            # It was cancelled while the agent had it, or came too late. The agent has no answer to
            # its acknowledgement, and would run it.
            attachment.mailbox.put(Cancel(order.command_id))
        return {}

    def send_reply(
        self, _environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """How a command goes on."""
        reply_id = _text(request, "ReplyId")
        _, order = _named(attachment, request)
        try:
            reply = wire.read_reply(_text(request, "Payload"))
        except wire.UnreadableError as error:
            raise ApiError("ValidationException", str(error)) from error
        if order:
            attachment.run_command.reply(order, attachment.identity.instance_id, reply)
        name = _text(request, "MessageId")
        return {"Description": "", "MessageId": name, "ReplyId": reply_id}

    def fail_message(
        self, _environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """The agent can do nothing with it, and gets it no more."""
        _text(request, "FailureType")
        return self.delete_message(_environ, attachment, request)

    def delete_message(
        self, _environ: WSGIEnvironment, attachment: Attachment, request: Mapping[str, Any]
    ) -> Json:
        """It is given out no more; what becomes of its command only time tells."""
        name, _ = _named(attachment, request)
        attachment.mailbox.acknowledge(name)
        return {}


_OPERATIONS: Mapping[
    str, Callable[[MessageService, WSGIEnvironment, Attachment, Mapping[str, Any]], Json]
] = {
    "GetEndpoint": MessageService.get_endpoint,
    "GetMessages": MessageService.get_messages,
    "AcknowledgeMessage": MessageService.acknowledge_message,
    "SendReply": MessageService.send_reply,
    "FailMessage": MessageService.fail_message,
    "DeleteMessage": MessageService.delete_message,
}


def _is_wanted(attachment: Attachment, letter: Letter) -> bool:
    if not isinstance(letter.message, Order):
        return True
    return attachment.run_command.is_wanted(letter.message, letter.instance_id)


def _check_destination(attachment: Attachment, request: Mapping[str, Any]) -> None:
    destination = _text(request, "Destination")
    if destination != attachment.identity.instance_id:
        message = f"{destination[:80]} is not the instance whose keys signed the request"
        raise ApiError("AuthorizationFailureException", message)


def _named(attachment: Attachment, request: Mapping[str, Any]) -> tuple[str, Order | None]:
    """The message's name, and its command where there is one: the name of a cancel is no command's.

    ApiError where it is another instance's.
    """
    name = _text(request, "MessageId")
    parts = wire.parts_of(name)
    if parts is None:
        raise ApiError("InvalidMessageIdException", f"{name[:80]} is no name of a message")
    command_id, instance_id = parts
    identity = attachment.identity
    if instance_id != identity.instance_id:
        message = f"{name[:120]} is a message for another instance"
        raise ApiError("AuthorizationFailureException", message)
    if attachment.run_command.has(command_id, instance_id):
        return name, Order(command_id, identity.region, "")
    if wire.is_cancel(command_id):
        return name, None
    raise ApiError("InvalidMessageIdException", f"there is no message {name[:120]}")


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError("ValidationException", f"{name} is a string that must be given")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
