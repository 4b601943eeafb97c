"""A profile as the AWS CLI reads it: ``aws --profile``.

It is botocore's reading: no recorded case of version 1.45 shows another. Version 1 ends with a
traceback and exit code 1 over a file that it cannot parse, with 255 over all else. Version 2 goes
by AWS_REGION before AWS_DEFAULT_REGION (AWS SDKs and Tools Reference Guide, "AWS Region").
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.readers import botocore
from orchestrator.readers.model import Note, Question, Reader, Reading, State


def read(question: Question) -> Reading:
    """What the AWS CLI makes of the profile."""
    reading = replace(botocore.read(question), reader=Reader.AWSCLI)
    other = question.environment.get("AWS_REGION")
    if reading.state is State.VALID and other and other != reading.region:
        what = f"version 2 of it goes to {other} (AWS_REGION)"
        return replace(reading, notes=(*reading.notes, Note(what)))
    return reading
