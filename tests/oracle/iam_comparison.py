"""Our verdicts beside the simulator's, for as many random pairs as wanted."""

import argparse
import collections
import json
from dataclasses import dataclass

import iam_pairs
import iam_simulator

from orchestrator.iam import PolicyKind
from support.policies import decided


@dataclass(frozen=True)
class Comparison:
    """What came of one run. ``explained`` counts pairs of the one limit that is told afterwards."""

    counts: collections.Counter
    explained: int
    disagreements: list


def compare(seed, count):
    """Both verdicts of so many pairs; a disagreement is (pair, our decision, their verdict)."""
    pairs = list(iam_pairs.pairs(seed, count))
    theirs = iam_simulator.answers(pairs)
    found = [(pair, decided(pair), their) for pair, their in zip(pairs, theirs, strict=True)]
    counts = collections.Counter(decision.verdict for _, decision, _ in found)
    differing = [one for one in found if one[1].verdict != one[2]]
    limited = [one for one in differing if _spared_the_session_policy(*one)]
    # Without the session policy, which AWS does not ask here, the simulator must agree.
    again = iam_simulator.answers([pair for pair, _, _ in limited], session_policies=False)
    explained = [one for one, their in zip(limited, again, strict=True) if one[1].verdict == their]
    return Comparison(counts, len(explained), [one for one in differing if one not in explained])


def _spared_the_session_policy(pair, decision, theirs):
    """Whether the one limit may be at work that cannot be told before both have decided.

    Within one account a session that a resource-based policy names itself is not limited by an
    implicit denial in its session policy (IAM User Guide, "Policy evaluation for requests within a
    single account"); the simulator always asks the session policy.
    """
    return (
        decision.allowed
        and theirs == "implicitly denied"
        and pair["caller"]["account"] == pair["resource_account"]
        and any(ref.kind in (PolicyKind.TRUST, PolicyKind.RESOURCE) for ref in decision.statements)
        and not any(ref.kind is PolicyKind.SESSION for ref in decision.statements)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    if absent := iam_simulator.missing():
        parser.exit(1, f"nothing was compared: {absent}\n")
    found = compare(wanted.seed, wanted.pairs)
    for pair, decision, theirs in found.disagreements:
        print(f"ours {decision.verdict}, simulator {theirs}: {json.dumps(pair)}")
    agreed = wanted.pairs - found.explained - len(found.disagreements)
    print(
        f"{wanted.pairs} pairs: {agreed} agreements, {found.explained} of the known limit,"
        f" {len(found.disagreements)} disagreements;"
        f" {', '.join(f'{count} {verdict}' for verdict, count in found.counts.most_common())}"
    )
    parser.exit(1 if found.disagreements else 0)


if __name__ == "__main__":
    main()
