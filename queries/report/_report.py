"""What a report is made of: sections of tables whose rows open to the chain and the statements behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from xgraph.graph.access.assemble import Assembly, describe_node
from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.paths import Route
from xgraph.graph.access.world import ASSUME_ROLE
from xgraph.graph.model import reference
from xgraph.queries._query import Answer
from xgraph.queries.picture.scene import told
from xgraph.queries.render._names import Names

MOST_ROWS = 300
Told = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `cells` are words for people and numbers; `details` what opens below it, headings with lines."""

    cells: tuple[str | int, ...]
    details: Told = ()
    state: str = ""  # allowed, conditional or blocked, where the row is about access


@dataclass(frozen=True, slots=True)
class Table:
    """A list of findings. `total`: how many there are, of which the first MOST_ROWS are kept; `empty`: what is said when there are none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    empty: str = "none"
    is_matrix: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report. `lead`: what it shows and how to read it; `notes`: what it does not know."""

    id: str
    title: str
    lead: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page."""

    title: str
    snapshot: str
    summary: tuple[tuple[str, int], ...]
    sections: tuple[Section, ...]
    reference_data: dict[str, str] = field(default_factory=dict)


class Teller:
    """Speaks of one graph: short names, and chains with their statements."""

    def __init__(self, graph: AccessGraph) -> None:
        self.graph = graph
        self.answer = Answer("report", {}, graph.world.estate.snapshot_id, graph.world.estate.name, reference.reference_data())
        self.names = Names(self.answer)

    def node(self, name: str) -> str:
        """A node by its short name."""
        self.answer.nodes.setdefault(name, describe_node(self.graph, name))
        return self.names.node(name)

    def account(self, account: str) -> str:
        """An account by its name, with its id where it has one."""
        known = self.graph.world.estate.accounts.get(account)
        name = (known.name or known.alias) if known else ""
        return f"{name} ({account})" if name else account

    def principal(self, number: int) -> str:
        """A numbered principal by its short name."""
        return self.node(self.graph.principals[number].arn)

    def chain_to_role(self, route: Route, role: int) -> Chain:
        """The chain of a route that ends in becoming `role`."""
        assembly = Assembly(self.graph, self.graph.world.goal(self.graph.principals[role].arn, ASSUME_ROLE))
        chain = assembly.chain(route)
        self.answer.nodes.update(assembly.nodes)
        return chain

    def steps(self, chain: Chain | BlockedChain) -> str:
        """A chain in one line."""
        return " → ".join([self.node(chain.hops[0].source), *(self.node(hop.target) for hop in chain.hops)])

    def details(self, chain: Chain | BlockedChain) -> Told:
        """A chain hop by hop, with the statements that decide."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for number, hop in enumerate(chain.hops):
            blocks = isinstance(chain, BlockedChain) and number in (chain.blocked_hops or (chain.blocked_at,))
            lines = [
                f"{head}: {text}"
                for head, texts in told(hop, chain if blocks and isinstance(chain, BlockedChain) else None, self.names)
                for text in texts
            ]
            found.append((f"Hop {number + 1}: {self.node(hop.source)} → {self.node(hop.target)}", tuple(lines)))
        return tuple(found)


def table(title: str, columns: Sequence[str], rows: Iterable[Row], *, empty: str = "none", is_matrix: bool = False) -> Table:
    """A table of all rows, of which it keeps the first; make them in the order of what matters most."""
    kept, total = [], 0
    for total, row in enumerate(rows, 1):
        if total <= MOST_ROWS:
            kept.append(row)
    return Table(title, tuple(columns), tuple(kept), total, empty, is_matrix)


Part = Callable[[Teller], Section]
