"""How an answer shows itself in a notebook: a summary, a table and a picture; as text in a terminal."""

from __future__ import annotations

import io
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from xgraph.graph.access.chain import BlockedChain
from xgraph.queries._query import Answer, Place, columns_of
from xgraph.queries.render import _cells, csv_, markdown
from xgraph.queries.render._drawing import completeness
from xgraph.queries.render._names import Names, verdict_words
from xgraph.queries.render._text import count

from ._kernel import in_notebook
from ._missing import CannotDraw, extra
from .page import html_of
from .scene import Scene, drawn, scene_of
from .svg import svg_of

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

MOST_ROWS = 50
MOST_CHAINS = 500
HEIGHT = 560
# What an output without the interactive picture is made of; `notebooks/` commits notebooks so.
PICTURE = "<!--xgraph:picture-->"


def bundle(answer: Answer) -> dict[str, str]:
    """The answer as MIME type → text, for Jupyter. The picture is left out where it can't be drawn, or where there is none."""
    table = table_of(answer)
    data = {"text/plain": text_of(answer), "text/html": table}
    scene = picture_of(answer)
    if scene is not None and scene.lines:
        data["image/svg+xml"] = svg_of(scene)
        data["text/html"] = f"{table}{PICTURE}{frame_of(scene)}{PICTURE}"
    return data


def picture_of(answer: Answer) -> Scene | None:
    """The picture of at most MOST_CHAINS chains; None for a table whose rows are no hops."""
    if answer.record is not None and next(iter(drawn(answer)), None) is None:
        return None
    return scene_of(answer, chains=MOST_CHAINS)


def frame_of(scene: Scene, height: int = HEIGHT) -> str:
    """The interactive page in a frame that can do nothing to the notebook around it."""
    try:
        page = html_of(scene)
    except CannotDraw as error:
        return f"<p>{escape(str(error))}</p>"
    style = f"width:100%;height:{height}px;border:1px solid #8884;border-radius:10px"
    return f'<iframe sandbox="allow-scripts" style="{style}" title="{escape(scene.title)}" srcdoc="{escape(page)}"></iframe>'


def text_of(answer: Answer) -> str:
    """The answer as markdown, which reads well as plain text too; the first rows of a long one."""
    stream = io.StringIO()
    markdown.render(_first(answer), stream)
    return stream.getvalue()


def _first(answer: Answer) -> Answer:
    """The same answer, its list cut for reading."""
    shown = Answer(**{name: getattr(answer, name) for name in Answer.__dataclass_fields__})
    shown.items, shown.rows = islice(iter(answer.items), MOST_ROWS), islice(iter(answer.rows), MOST_ROWS)
    return shown


def table_of(answer: Answer) -> str:
    """The summary and the first rows as HTML."""
    heads, rows, more = _cells_of(answer)
    head = "".join(f"<th style='text-align:left'>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(_cell(each) for each in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
    cut = f"<p>the first {MOST_ROWS}; <code>.to_pandas()</code> has all</p>" if more else ""
    total = f"{len(rows)}{'+' if more else ''} {answer.counted}{'' if len(rows) == 1 else 's'}"
    return f"<p><b>{escape(answer.query)}</b>: {escape(total)}; {escape(completeness(answer))}</p>{table}{cut}"


def _cell(text: str) -> str:
    return f"<td style='text-align:left;vertical-align:top;overflow-wrap:anywhere'>{escape(text)}</td>"


def _cells_of(answer: Answer) -> tuple[list[str], list[list[str]], bool]:
    names = Names(answer)
    if answer.record is None:
        items = list(islice(iter(answer.items), MOST_ROWS + 1))
        return ["verdict", "hops", "chain", "if"], [_chain(item, names) for item in items[:MOST_ROWS]], len(items) > MOST_ROWS
    columns = [each for each in columns_of(answer.record) if each.place is not Place.HIDDEN]
    rows = list(islice(iter(answer.rows), MOST_ROWS + 1))
    cells = [[_cells.spoken(row, each, names) for each in columns] for row in rows[:MOST_ROWS]]
    used = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    return [columns[number].heading for number in used], [[row[number] for number in used] for row in cells], len(rows) > MOST_ROWS


def _chain(item: Any, names: Names) -> list[str]:
    steps = " → ".join([names.node(item.hops[0].source), *(names.node(hop.target) for hop in item.hops)])
    if isinstance(item, BlockedChain):
        return ["blocked", str(len(item.hops)), steps, "; ".join(names.sentence(each.text) for each in item.blocked_by)]
    condition = names.condition(item.condition) if item.condition else ""
    return [verdict_words(item.verdict, item.condition), str(len(item.hops)), steps, condition]


def frame(answer: Answer) -> pd.DataFrame:
    """A pandas.DataFrame: a row a hop for chains, a row a row for tables; the columns are those of `--format csv`.

    Raises CannotDraw without the extra `notebook`.
    """
    with extra("notebook"):
        import pandas as pd  # noqa: PLC0415  an extra
    if answer.record is None:
        rows = [row for number, item in enumerate(answer.items, 1) for row in csv_.rows_of(answer, number, item)]
        found = pd.DataFrame(rows, columns=list(csv_.COLUMNS))
        return found.astype({"chain": int, "hop": int})
    columns = columns_of(answer.record)
    return pd.DataFrame(
        [[_value(getattr(row, each.field)) for each in columns] for row in answer.rows], columns=[each.name for each in columns]
    )


def _value(value: object) -> object:
    return value if isinstance(value, (int, float)) else _cells.flat(value)


def network(answer: Answer) -> nx.MultiDiGraph:
    """The nodes and hops of an answer; attributes are those of `--format graphml`, the key of an edge is its action."""
    import networkx as nx  # noqa: PLC0415  slow to import

    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for item in drawn(answer):
        for index, hop in enumerate(item.hops):
            blocked = isinstance(item, BlockedChain) and item.holds_at(index)
            graph.add_edge(hop.source, hop.target, hop.action, mechanism=hop.mechanism, verdict=str(hop.verdict), is_blocked=blocked)
    for name, node in answer.nodes.items():
        if name in graph:
            graph.nodes[name].update(kind=node.kind, account=node.account, name=node.name, collected=node.collected)
    return graph


class Explained:
    """One chain of an answer, told hop by hop."""

    def __init__(self, answer: Answer, number: int) -> None:
        self._parts = list(_told(answer, number))

    def __repr__(self) -> str:
        return "\n".join(f"{title}\n" + "\n".join(f"  {head}: {'; '.join(rows)}" for head, rows in told) for title, told in self._parts)

    def _repr_html_(self) -> str:
        hops = "".join(
            f"<li><b>{escape(title)}</b><dl>" + "".join(f"<dt>{escape(head)}</dt>" + "".join(f"<dd>{escape(row)}</dd>" for row in rows) for head, rows in told) + "</dl></li>"
            for title, told in self._parts
        )  # fmt: skip
        return f"<ol>{hops}</ol>"


def _told(answer: Answer, number: int) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    item = next(islice(drawn(answer), number, None), None)
    if item is None:
        raise IndexError(f"the answer has {count(sum(1 for _ in drawn(answer)), 'chain')}, counted from 0; there is no {number}")
    alone = Answer(**{name: getattr(answer, name) for name in Answer.__dataclass_fields__ if name not in ("items", "rows", "record")})
    alone.items = iter([item])
    scene = scene_of(alone)
    lines = {line.id: line for line in scene.lines}
    return [(lines[each].title, lines[each].told) for each in scene.routes[0].lines]


def show(answer: Answer, height: int = HEIGHT) -> object:
    """The picture alone: in a notebook in the cell, else in the browser."""
    scene = scene_of(answer, chains=MOST_CHAINS)
    if not in_notebook():
        return _in_browser(scene)
    from IPython.display import HTML  # noqa: PLC0415  only there

    return HTML(frame_of(scene, height))  # type: ignore[no-untyped-call]


def _in_browser(scene: Scene) -> str:
    import os  # noqa: PLC0415  only here
    import tempfile  # noqa: PLC0415
    import webbrowser  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    descriptor, path = tempfile.mkstemp(prefix="xgraph-", suffix=".html")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(html_of(scene))
    webbrowser.open(Path(path).as_uri())
    return path
