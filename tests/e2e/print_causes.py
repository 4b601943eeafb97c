"""Print scenario, shell, verdict, exit code and first cause, as measured: `make causes`.

What differs from tests/support/first_causes.py is marked. Names of scenarios as arguments: those
alone.
"""

import sys

from support.first_causes import FIRST_CAUSE, OUTCOME, expected, first_cause, options_of, shells_of
from support.processes import INSTANCE, call


def main():
    wrong = 0
    print("| scenario | shell | verdict | exit | first cause | as expected |")
    print("|---|---|---|---|---|---|")
    for scenario in sys.argv[1:] or FIRST_CAUSE:
        for shell in shells_of(scenario):
            ended = measured(scenario, shell)
            found = first_cause(ended)
            code, cause = expected(scenario, shell)
            good = (code, cause) == (ended.code, found and found.rstrip("?"))
            wrong += not good
            verdict = OUTCOME.get(ended.code, "none: nothing was sent")
            said = "yes" if good else f"**no**: {code}, {cause or 'none'}"
            row = (scenario, shell, verdict, ended.code, found or "none", said)
            print("|", " | ".join(map(str, row)), "|", flush=True)
    print(f"\n{wrong} wrong. A cause with a ? is only possible.")
    return wrong > 0


def measured(scenario, shell):
    """How `orch run` ends in that scenario, in a sandbox of its own."""
    return call(
        *("orch", "sandbox", "exec", "--engine", "stand-in", "--scenario", scenario, "--"),
        *("orch", "run", "--instance", INSTANCE, "--output", "json", "--shell", shell),
        *options_of(scenario),
    )


if __name__ == "__main__":
    sys.exit(main())
