"""The same work done by `orch run` and by what people use in its place; see `docs/benchmarks.md`.

cases     what is measured          race     all of them, at most two cores' worth at once
inside    one case, in its sandbox  ruler    calls, ends and verdicts, for all by one measure
job       what a strategy is given  measured from what was seen to figures
shown     the tables                picture  the same as SVG
aims      what `orch` is held to    kept     where the figures are written
aws_cli, boto3_waiter, poll_each, list_then_get: the strategies; `orch` is its own program
"""
