"""How commands fail: one sentence and an exit status."""

from __future__ import annotations

import re

import click

UNMET = 1
BAD_INPUT = 2
UNDECIDED = 3
FAILED = 4
BUG = 70
INTERRUPTED = 130
BROKEN_PIPE = 141


class BadInput(click.ClickException):
    """What the user gave cannot be used."""

    exit_code = BAD_INPUT


class Failed(click.ClickException):
    """AWS, a database, a disk or the network did not do its part."""

    exit_code = FAILED


def sentence(error: click.ClickException) -> str:
    """The error as one line in our spelling: it starts small, quotes in backticks and ends without a dot."""
    text = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError):
        text = re.sub(r"'([^']*)'", r"`\1`", text)
    if len(text) > 1 and not text[1].isupper():
        text = text[0].lower() + text[1:]
    hint = f"; see `{error.ctx.command_path} --help`" if isinstance(error, click.UsageError) and error.ctx else ""
    return f"xgraph: error: {text.rstrip('.')}{hint}"
