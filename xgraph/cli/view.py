"""`xgraph view`: one question's picture, opened in the browser or written to a file."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

import click

from .paths import paths

_FORMATS = {"html": ".html", "svg": ".svg", "png": ".png", "mermaid": ".mmd", "dot": ".dot"}
_MOST = 1000
_OWN = ("format_name", "output", "expect")


def _view(*, out: str | None, format_name: str | None, **asked: Any) -> int:
    chosen = format_name or _format_of(out)
    asked["limit"] = asked["limit"] or _MOST
    ask = paths.callback
    assert ask is not None
    target = out or _draft(_FORMATS[chosen])
    status = ask(**asked, expect=None, format_name=chosen, output=target)
    if out is None:
        uri = Path(target).as_uri()
        if not webbrowser.open(uri):
            click.echo("xgraph: no browser could be opened; the picture is here:", err=True)
        click.echo(uri)
    return int(status)


def _format_of(out: str | None) -> str:
    """The format that a file's name asks for."""
    suffix = Path(out).suffix.lower() if out else ""
    return next((name for name, ending in _FORMATS.items() if ending == suffix), "html")


def _draft(suffix: str) -> str:
    """A file for the browser that nobody else can read."""
    descriptor, path = tempfile.mkstemp(prefix="xgraph-", suffix=suffix)
    os.close(descriptor)
    return path


view = click.Command(
    "view",
    callback=_view,
    params=[
        *(param for param in paths.params if param.name not in _OWN),
        click.Option(["-o", "--out"], type=click.Path(), metavar="FILE", help="Write the picture here instead of opening it."),
        click.Option(
            ["--format", "format_name"], type=click.Choice([*_FORMATS]), help="What to draw.  [default: by FILE's ending, else html]"
        ),
    ],
    help="""A picture of every chain from one place to another: columns by hop, accounts as regions, lines by verdict.

    The page is one file that works offline. Without --out it is opened in the browser. Asks what `xgraph paths` asks, with the
    same options; at most 1,000 chains are drawn unless --limit says otherwise.

    \b
      xgraph view --from arn:aws:iam::100000000001:role/ci --to arn:aws:s3:::a-bucket/* --action s3:GetObject --show-blocked
      xgraph view --from any --to arn:aws:s3:::a-bucket/* --action s3:GetObject --out access.svg
    """,
)
