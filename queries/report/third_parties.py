"""Third parties that roles trust, by what their ExternalId is worth.

Source: IAM User Guide, "Access to AWS accounts owned by third parties" and "The confused deputy problem".
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.access.chain import Chain
from xgraph.graph.access.names import strangers
from xgraph.graph.access.paths import Route, Start
from xgraph.graph.policy.decision import Clause, Condition, Verdict

from ._report import Row, Section, Teller, table

_DETAILED = 200
_KEY = "sts:externalid"
_WORST_FIRST = ("no ExternalId", "ExternalId only on some ways", "any ExternalId will do", "ExternalId required")


def third_parties(teller: Teller) -> Section:
    """Every role that an identity outside of the collected accounts may assume."""
    lead = (
        "Somebody outside of the collected accounts can become these roles, if their own policies allow it. A vendor that serves several "
        "customers can be tricked into using its access for another one, unless the role demands an ExternalId that is yours alone."
    )
    columns = ("third party", "role", "class", "verdict", "condition")
    return Section(
        "third-parties", "Third-party trust", lead, (table("Trusts", columns, _trusts(teller), empty="no role trusts an outside identity"),)
    )


def _trusts(teller: Teller) -> Iterator[Row]:
    graph = teller.graph
    found: list[tuple[int, str, int, Chain]] = []
    for node in sorted(strangers(graph)):
        actor = None if node.startswith(("service:", "canonical:")) else graph.world.outsider(node)
        for role in graph.roles_from(actor) if actor else ():
            assert actor is not None
            chain = teller.chain_to_role(Route(Start(actor, None), ()), role)
            found.append((_WORST_FIRST.index(_class_of(chain)), node, role, chain))
    for place, (rank, node, role, chain) in enumerate(sorted(found, key=lambda each: each[:3])):
        condition = teller.names.condition(chain.condition) if chain.condition else ""
        state = "allowed" if chain.verdict is Verdict.ALLOWED else "conditional"
        cells = (teller.node(node), teller.principal(role), _WORST_FIRST[rank], str(chain.verdict), condition)
        yield Row(cells, teller.details(chain) if place < _DETAILED else (), state)


def _class_of(chain: Chain) -> str:
    condition = chain.condition
    ways = condition.any_of if condition else ()
    if not ways:
        return _WORST_FIRST[0]
    demanding = [[clause for clause in way if clause.key.lower() == _KEY and not clause.negated] for way in ways]
    if not any(demanding):
        return _WORST_FIRST[0]
    if not all(demanding) or not _is_whole(condition):
        return _WORST_FIRST[1]
    return _WORST_FIRST[3] if all(any(_is_exact(clause) for clause in way) for way in demanding) else _WORST_FIRST[2]


def _is_whole(condition: Condition | None) -> bool:
    return condition is not None and condition.exact


def _is_exact(clause: Clause) -> bool:
    """Whether it names values, rather than patterns that many ids match."""
    return bool(clause.values) and not any("*" in value or "?" in value for value in clause.values)
