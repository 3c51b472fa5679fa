"""What the outside world can reach: everybody, other accounts, federated identities, AWS services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from xgraph.graph.access.chain import Chain
from xgraph.graph.policy.decision import Verdict
from xgraph.queries._touched import Touched
from xgraph.queries.exposure import overview

from ._report import MOST_ROWS, Row, Section, Teller, table

_TITLES = {"world": "Everybody", "account": "Other accounts", "federated": "Federated identities", "service": "AWS services"}


def exposed(teller: Teller) -> Section:
    """The answer of `xgraph exposure`, one table for each part of the outside world; of each source the first rows."""
    answer = overview(teller.graph, MOST_ROWS)
    found: dict[str, list[Touched]] = {kind: [] for kind in _TITLES}
    for row in answer.rows:
        found[_kind_of(row.source)].append(row)
    listed = Counter(row.source for rows in found.values() for row in rows)
    long = [teller.node(source) for source, count in listed.items() if count == MOST_ROWS]
    cut = tuple(f"of {name} the first {MOST_ROWS} rows are counted here; `xgraph exposure` lists all" for name in long)
    teller.answer.nodes.update(answer.nodes)
    columns = ("who", "what", "verdict", "access", "by", "hops", "condition")
    tables = tuple(table(_TITLES[kind], columns, _rows(teller, found[kind]), empty="nothing is within reach") for kind in _TITLES)
    unsure = () if answer.complete else ("the list is incomplete: something was not read that could open more",)
    lead = "What identities outside of the collected accounts can become or touch, best way first. Open a row for the chain."
    return Section("exposure", "External and public exposure", lead, tables, (*cut, *unsure, *answer.assumptions))


def _kind_of(source: str) -> str:
    """Which part of the outside world a node is."""
    if source in ("anonymous", "any-aws-principal"):
        return "world"
    kind = source.partition(":")[0]
    return "service" if kind == "service" else "federated" if kind in ("oidc", "saml") else "account"


def _rows(teller: Teller, found: Iterable[Touched]) -> Iterator[Row]:
    for place, row in enumerate(found):
        state = "allowed" if row.verdict is Verdict.ALLOWED else "conditional"
        details = teller.details(Chain(row.verdict, row.condition, row.chain)) if place < MOST_ROWS else ()
        condition = teller.names.condition(row.condition) if row.condition else ""
        what = row.family.words if row.family else teller.node(row.target)
        cells = (teller.node(row.source), what, str(row.verdict), ", ".join(row.access), row.mechanism, row.length, condition)
        yield Row(cells, details, state)
