"""Policies as IAM gives them to whoever reads them: JSON texts."""

import json

from support.policies import ROLE


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusting(principal=ROLE, effect="Allow", **more):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}
