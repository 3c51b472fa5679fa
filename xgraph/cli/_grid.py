"""Rows drawn in a terminal: columns side by side, and what needs more room below each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TextIO

from rich.cells import cell_len
from rich.text import Text

from xgraph.graph.policy.decision import Condition, Verdict
from xgraph.queries._query import Answer, Column, Place, columns_of
from xgraph.queries.render._cells import at, spoken
from xgraph.queries.render._text import count, plural, short

from ._table import STYLES, TYPED, Table

_BATCH = 200  # rows that are looked at before the widths of columns are fixed
_GAP = 2
_NARROWEST = 9


def render(answer: Answer, stream: TextIO) -> None:
    """Write the rows as a table that fits 100 columns, then a summary."""
    Grid(answer, stream).write()


class Grid(Table):
    """Writes an answer that is a table."""

    def __init__(self, answer: Answer, stream: TextIO) -> None:
        super().__init__(answer, stream)
        assert answer.record is not None
        self.asked = plural(answer.counted)
        by_field = {each.field: each for each in columns_of(answer.record)}
        named = [by_field[field] for field in answer.headings]
        self._cells = tuple(each for each in at(Place.CELL, answer.record) if each not in named)
        self._details = at(Place.DETAIL, answer.record)
        self._headings = (*at(Place.HEADING, answer.record), *named)
        self._total = 0
        self._last_heading: tuple[str, ...] | None = None
        self._is_loose = False  # the last row had details, so that a blank line sets the next one off

    def write(self) -> None:
        rows = iter(self._answer.rows)
        first = list(islice(rows, _BATCH))
        shown = [[spoken(row, each, self._names) for each in self._cells] for row in first]
        widths = self._widths(shown)
        if first:
            self._head(widths)
        for row, cells in zip(first, shown, strict=True):
            self._row(row, cells, widths)
        for row in rows:
            self._row(row, [spoken(row, each, self._names) for each in self._cells], widths)
        if self._total:
            self._print("", Text())
        self._summary()

    # ---------------------------------------------------------------------------------------------------------- layout

    def _widths(self, shown: Sequence[Sequence[str]]) -> list[int]:
        """How wide each column is: as it needs, and where all do not fit the widest give way."""
        widths = [
            max(cell_len(each.heading), *(cell_len(cells[index]) + (2 if each.is_verdict else 0) for cells in shown), 0)
            for index, each in enumerate(self._cells)
        ]
        room = self._width - _GAP * len(widths) - _GAP
        while sum(widths) > room and max(widths) > _NARROWEST:
            over = sum(widths) - room
            widest = max(widths)
            second = max((width for width in widths if width < widest), default=_NARROWEST)
            number = widths.count(widest)
            step = max(1, min(-(-over // number), widest - max(second, _NARROWEST)))
            widths = [width - step if width == widest else width for width in widths]
        return widths

    def _head(self, widths: Sequence[int]) -> None:
        cells = [Text(short(each.heading), "bold") for each in self._cells]
        self._aligned(cells, widths)

    def _row(self, row: Any, cells: Sequence[str], widths: Sequence[int]) -> None:
        self._total += 1
        self._note_verdict(row)
        heading = tuple(self._titled(row, each) for each in self._headings)
        if heading and heading != self._last_heading:
            self._open_section(heading)
        elif self._is_loose:
            self._print("", Text())
        self._aligned([self._styled(row, each, text) for each, text in zip(self._cells, cells, strict=True)], widths)
        self._is_loose = False
        for each in self._details:
            self._is_loose |= self._told(row, each)

    def _open_section(self, heading: tuple[str, ...]) -> None:
        self._print("", Text())
        self._last_heading = heading
        self._line("", "  ", Text("  ".join(part for part in heading if part), "bold"))

    def _titled(self, row: Any, column: Column) -> str:
        """A column in a heading: numbers need their noun, and one of something is nothing to speak of."""
        value = getattr(row, column.field)
        if isinstance(value, int):
            return f"{value:,} {column.heading}" if value != 1 else ""
        return spoken(row, column, self._names)

    def _told(self, row: Any, column: Column) -> bool:
        """Write a detail below the row; whether there was something to say."""
        value = getattr(row, column.field)
        if value is None or value in ((), "", False):
            return False
        if isinstance(value, Condition):
            self._condition("     ", value)
        else:
            self._detail("     ", column.heading, spoken(row, column, self._names))
        return True

    def _styled(self, row: Any, column: Column, text: str) -> Text:
        value = getattr(row, column.field)
        if not isinstance(value, Verdict):
            return Text(text, "bold" if column.is_node else "")
        style = self._style(text) if value.is_possible else "blocked"
        sign = {"allowed": self._signs.allowed, "conditional": self._signs.conditional, "blocked": self._signs.blocked}[style]
        return Text(f"{sign} {text}", STYLES[style])

    def _aligned(self, cells: Sequence[Text], widths: Sequence[int]) -> None:
        """One row: each cell wraps inside its column."""
        wrapped = [self._wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
        for line in range(max(map(len, wrapped), default=0)):
            text = Text()
            for part, width in zip(wrapped, widths, strict=True):
                piece = part[line] if line < len(part) else Text()
                text.append_text(piece)
                text.append(" " * (width - cell_len(piece.plain) + _GAP))
            self._print("  ", text)

    def _wrapped(self, cell: Text, width: int) -> list[Text]:
        if self._signs is TYPED:
            cell = Text(cell.plain.encode(self._encoding, "backslashreplace").decode(self._encoding), cell.style)
        if cell_len(cell.plain) <= width:
            return [cell]
        lines = list(cell.wrap(self._console, max(1, width), overflow="fold"))
        for line in lines:
            line.rstrip()
        return lines

    # --------------------------------------------------------------------------------------------------------- summary

    def _note_verdict(self, row: Any) -> None:
        verdict = getattr(row, "verdict", None)
        if isinstance(verdict, Verdict):
            column = next(each for each in (*self._cells, *self._details, *self._headings) if each.field == "verdict")
            words = spoken(row, column, self._names)
            self._verdicts[words] = self._verdicts.get(words, 0) + 1

    def _counts(self) -> Iterator[str]:
        verdicts = ", ".join(f"{number:,} {words}" for words, number in sorted(self._verdicts.items()))
        yield f"{count(self._total, self._answer.counted)}{f': {verdicts}' if verdicts else ''}"
