"""What every question has in common: its record, and the answer's shape (contract section 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from xgraph.graph.access.chain import BlockedChain, Chain, Node
from xgraph.graph.access.families import Family
from xgraph.graph.model import reference
from xgraph.graph.model.coverage import Gap
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.decision import Blocker

from ._replay import Replay

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

SCHEMA_VERSION = "1"


class Kind(StrEnum):
    """What a parameter takes."""

    TEXT = "text"
    WHO = "who"  # a name as `--from` takes it
    WHAT = "what"  # a name as `--to` takes it
    ACTION = "action"
    COUNT = "count"  # a whole number from 1
    FLAG = "flag"
    FOLD = "fold"  # a flag that is on where people read, and off in formats for machines


class Over(StrEnum):
    """What a question is asked of: the attribute of `xgraph.api.Graph` that its function gets first."""

    GRAPH = "access"
    ESTATE = "estate"
    HANDLE = "handle"  # the handle itself


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a question, in Python and on the command line.

    `option` is its flag, `--name` when empty; with `is_argument` it has none and is told by its place. `choices`: nothing else.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    option: str = ""
    is_argument: bool = False
    is_required: bool = False
    is_repeated: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """One question: the function that answers it, what the function takes after what it is asked of, and what its rows are.

    `record` is the type of the rows: a frozen dataclass made of `column` fields; None where the answer is no table. `help` is
    the text of `--help` and of the Python method. `counted` names a row, as in "3 grants". `headings` are fields that the terminal
    shows over the rows that share them, besides those that are headings anyway.
    """

    run: Callable[..., Any]
    params: tuple[Param, ...] = ()
    record: type | None = None
    help: str = ""
    over: Over = Over.GRAPH
    counted: str = "row"
    headings: tuple[str, ...] = ()


# Parameters that several questions have.
PRINCIPAL = Param(
    "principal", "A role, user, session, group, account, service, …: what `--from` takes.", Kind.WHO, is_argument=True, is_required=True
)
WITHIN = Param("within", "Only in this account, OU, or resource (an ARN or a pattern of ARNs).", Kind.WHAT, option="--in")
ACTIONS = Param("action", "An action, a pattern such as `s3:Get*`, an access level, or `any`.", Kind.ACTION, default="any")
MAX_HOPS = Param("max_hops", "Longest chain to look for.", Kind.COUNT, default=8)
FAMILIES = Param("families", "One row for roles of one kind of name that are become in one way.", Kind.FOLD)
CLAIM = Param("claim", "What the token of an OIDC or SAML source says, as KEY=PATTERN; again for more.", is_repeated=True, default=())


def claimed(claim: tuple[str, ...]) -> Mapping[str, object]:
    """The parameter as answers show it: only where something is claimed."""
    return {"claim": list(claim)} if claim else {}


class Place(StrEnum):
    """Where the terminal shows a column: in line, as a heading over the rows that share it, below the row, or not at all."""

    CELL = "cell"
    HEADING = "heading"
    DETAIL = "detail"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a row: its name in JSON and CSV, what it holds, and how people see it.

    `is_node`: it names nodes, which people see by their short names; `is_sentence`: it speaks of some.
    """

    field: str
    name: str
    description: str
    place: Place
    is_node: bool
    is_sentence: bool
    heading: str
    is_verdict: bool
    folds: str | None


def column(
    description: str,
    *,
    name: str = "",
    place: Place = Place.CELL,
    is_node: bool = False,
    is_sentence: bool = False,
    heading: str = "",
    folds: str | None = None,
) -> Any:
    """A dataclass field that is a column of a table; `name` when the field can't be called so in Python, `heading` for people.

    `folds`: the field that says for which family the node stands, if for one. Other text than nodes and sentences is shown as it is.
    """
    return field(metadata={"column": (description, name, place, is_node, is_sentence, heading, folds)})


def columns_of(record: type) -> tuple[Column, ...]:
    """The columns of a row type, in order."""
    known = _COLUMNS.get(record)
    if known is None:
        known = _COLUMNS[record] = tuple(_columns(record))
    return known


_COLUMNS: dict[type, tuple[Column, ...]] = {}


def _columns(record: type) -> Iterator[Column]:
    for each in record.__dataclass_fields__.values():  # type: ignore[attr-defined]  # every record is a dataclass
        description, name, place, is_node, is_sentence, heading, folds = each.metadata["column"]
        shown = name or each.name
        is_verdict = "Verdict" in str(each.type)
        words = heading or shown.replace("_", " ")
        yield Column(each.name, shown, description, place, is_node, is_sentence, words, is_verdict, folds)


@dataclass(frozen=True, slots=True)
class Count:
    """How many chains there are. `at_most` comes from walks, which may visit a node twice; None where nobody counted."""

    at_least: int
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Every node and every hop on a walk that could be a chain: an upper bound. A bundle is a hop from each of some nodes to each of others."""

    nodes: tuple[str, ...]
    bundles: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What withholds blocked chains of the answer, and how many."""

    blocker: Blocker
    chains: int


@dataclass(slots=True)
class Answer:
    """An answer that streams. The head is ready at once; iterate `items` or `rows` for the rest; `complete`, `truncated_by`,
    `coverage_gaps`, `not_listed`, `notes` and `nodes` are final once the iteration has ended.

    `items` yields Chain and BlockedChain records, all possible chains first, shortest first. Where the answer is a table,
    `record` is the type of its rows, `rows` yields them, and `items` is empty. Of chains, `count` says how many there are, `subgraph`
    where they lie when the answer was cut, `dropped_contradictory` how many hop by hop possible ones can't be made, `saved` what
    withholds the blocked ones, and `families` who belongs to the families that they name.
    """

    query: str
    parameters: Mapping[str, Any]
    snapshot_id: str
    snapshot_name: str
    reference_data: Mapping[str, str]
    items: Iterable[Chain | BlockedChain] = field(default_factory=lambda: iter(()))
    complete: bool = True
    truncated_by: str | None = None
    coverage_gaps: tuple[Gap, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_listed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    nodes: dict[str, Node] = field(default_factory=dict)
    schema_version: str = SCHEMA_VERSION
    record: type | None = None
    rows: Iterable[Any] = field(default_factory=lambda: iter(()))
    counted: str = "chain"
    headings: tuple[str, ...] = ()
    count: Count | None = None
    subgraph: Subgraph | None = None
    dropped_contradictory: int = 0
    saved: tuple[Saved, ...] = ()
    families: dict[str, tuple[Family, tuple[str, ...]]] = field(default_factory=dict)

    def once(self) -> Answer:
        """The same answer for a single reader: what was read is not remembered."""
        self.items = self.items.once() if isinstance(self.items, Replay) else self.items
        self.rows = self.rows.once() if isinstance(self.rows, Replay) else self.rows
        return self

    def again(self) -> Answer:
        """The same answer for several readers: what was read is remembered."""
        self.items, self.rows = Replay(self.items), Replay(self.rows)
        return self

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        from .picture.notebook import bundle  # noqa: PLC0415  notebooks only

        return bundle(self)

    def show(self, height: int = 560) -> object:
        """The picture alone, `height` pixels high in a notebook; outside of one it is opened in the browser."""
        from .picture.notebook import show  # noqa: PLC0415  notebooks only

        return show(self, height)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas.DataFrame: one row a hop for chains, one row a row for tables. Needs the extra `notebook`."""
        from .picture.notebook import frame  # noqa: PLC0415  notebooks only

        return frame(self)

    def to_networkx(self) -> nx.MultiDiGraph:
        """The nodes and hops of this answer as a networkx.MultiDiGraph."""
        from .picture.notebook import network  # noqa: PLC0415  networkx is slow to import

        return network(self)

    def explain(self, number: int) -> object:
        """Chain `number`, from 0, told hop by hop with the statements that decide. Raises IndexError."""
        from .picture.notebook import Explained  # noqa: PLC0415  notebooks only

        return Explained(self, number)


def table_of(query: Query, name: str, estate: Estate, parameters: Mapping[str, Any]) -> Answer:
    """The head of an answer that is a table; its rows are still to be given."""
    return Answer(
        query=name,
        parameters=parameters,
        snapshot_id=estate.snapshot_id,
        snapshot_name=estate.name,
        reference_data=reference.reference_data(),
        record=query.record,
        counted=query.counted,
        headings=query.headings,
    )


def limited(answer: Answer, limit: int | None) -> Answer:
    """The answer with at most `limit` rows; one that is cut says so."""
    if limit is not None:
        answer.rows = _first(answer, answer.rows, limit)
    return answer


def _first(answer: Answer, rows: Iterable[Any], limit: int) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number >= limit:
            answer.complete, answer.truncated_by = False, "limit"
            return
        yield row
