"""A report as one HTML page that works from disk, asks the network for nothing and prints to PDF."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TextIO

from xgraph.queries.render._text import short

from ._report import Report, Row, Section, Table


def write_html(report: Report, stream: TextIO) -> None:
    """Write the page, section by section."""
    stream.writelines(_page(report))


def _page(report: Report) -> Iterator[str]:
    script, style = _read("page.js"), _read("page.css")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    title = _text(report.title)
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<header><h1>{title}</h1>"
        f'<p class="soft">snapshot {_text(report.snapshot)}</p><ul class="figures">'
    )
    yield from (f"<li><b>{number:,}</b>{_text(what)}</li>" for what, number in report.summary)
    yield '</ul></header>\n<nav aria-label="Sections">'
    yield from (f'<a href="#{section.id}">{_text(section.title)}</a>' for section in report.sections)
    yield '<input id="filter" type="search" placeholder="Filter all tables (press /)" aria-label="Filter all tables"></nav>\n<main>\n'
    for section in report.sections:
        yield from _section(section)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{section.id}"><h2>{_text(section.title)}</h2><p class="soft">{_text(section.lead)}</p>\n'
    yield from (f'<p class="note">{_text(note)}</p>' for note in section.notes)
    for table in section.tables:
        yield from _table(table)
    yield "</section>\n"


def _table(table: Table) -> Iterator[str]:
    shown = f"{table.total:,}" if table.total == len(table.rows) else f"the first {len(table.rows):,} of {table.total:,}"
    yield f'<h3>{_text(table.title)} <small>{shown}<span class="shown"></span></small></h3>\n<div class="scroll">'
    if not table.rows:
        yield f'<p class="soft">{_text(table.empty)}</p></div>\n'
        return
    yield f"<table class='{'matrix' if table.is_matrix else 'list'}'><thead><tr>"
    for column, cell in zip(table.columns, table.rows[0].cells, strict=True):
        kind = " class='number'" if isinstance(cell, int) else ""
        yield (
            f"<th scope='col'>{_text(column)}</th>"
            if table.is_matrix
            else f"<th scope='col'{kind}><button type='button'>{_text(column)}</button></th>"
        )
    yield "</tr></thead><tbody>\n"
    most = max((cell for row in table.rows for cell in row.cells if isinstance(cell, int)), default=1)
    for row in table.rows:
        yield from _matrix_row(row, most) if table.is_matrix else _row(row)
    yield "</tbody></table></div>\n"


def _row(row: Row) -> Iterator[str]:
    yield f'<tr class="row {row.state}">'
    for place, cell in enumerate(row.cells):
        more = _details(row) if place == 0 and row.details else ""
        if isinstance(cell, int):
            yield f'<td class="number" data-value="{cell}">{cell:,}{more}</td>'
        else:
            yield f"<td>{_text(cell)}{more}</td>"
    yield "</tr>\n"


def _matrix_row(row: Row, most: int) -> Iterator[str]:
    yield "<tr>"
    for cell in row.cells:
        heat = 0 if not isinstance(cell, int) or not cell else max(1, round(4 * cell / (most or 1)))
        yield f'<td data-heat="{heat}">{cell}</td>' if isinstance(cell, int) else f'<th scope="row">{_text(cell)}</th>'
    yield "</tr>\n"


def _details(row: Row) -> str:
    parts = "".join(f"<h4>{_text(head)}</h4><ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>" for head, lines in row.details)
    return f"<details><summary>how</summary>{parts}</details>"


def _text(text: str) -> str:
    return escape(short(text))


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
