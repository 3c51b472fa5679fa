"""A report as markdown, for wikis and tickets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from xgraph.queries.render.markdown import escaped

from ._report import Report, Section, Table


def write_markdown(report: Report, stream: TextIO) -> None:
    """Write headings and tables; what opens below a row follows its table."""
    stream.write(f"# {escaped(report.title)}\n\nSnapshot {escaped(report.snapshot)}: ")
    stream.write(", ".join(f"{number:,} {escaped(what)}" for what, number in report.summary) + "\n")
    for section in report.sections:
        stream.writelines(f"{line}\n" for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield f"\n## {escaped(section.title)}\n\n{escaped(section.lead)}"
    yield from (f"\n> {escaped(note)}" for note in section.notes)
    for table in section.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    shown = f"{table.total:,}" if table.total == len(table.rows) else f"the first {len(table.rows):,} of {table.total:,}"
    yield f"\n### {escaped(table.title)} ({shown})\n"
    if not table.rows:
        yield escaped(table.empty)
        return
    yield f"| {' | '.join(escaped(column) for column in table.columns)} |"
    yield f"|{'|'.join('---:' if isinstance(cell, int) else '---' for cell in table.rows[0].cells)}|"
    for row in table.rows:
        yield f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else escaped(cell) for cell in row.cells)} |"
    for row in table.rows:
        if row.details:
            yield f"\n**{escaped(' · '.join(str(cell) for cell in row.cells[:2]))}**\n"
        for head, lines in row.details:
            yield f"- {escaped(head)}"
            yield from (f"  - {escaped(line)}" for line in lines)
