"""Completion in the shell: names of the snapshot from one small file, so that a key stroke does not read the snapshot.

The file lies in the user's cache folder under the hash of `snapshot.json`; it is written when a snapshot is asked, or at the first
completion where the snapshot is small.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from xgraph.graph.model.estate import Estate

_MOST = 200
_SMALL = 20_000_000  # bytes of a snapshot that is read within the patience of somebody who waits for a completion
_WORDS = ("any", "anonymous", "any-aws-principal")


def complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Principals, resources and accounts that begin so, by ARN and by `ACCOUNT/NAME`."""
    with contextlib.suppress(Exception):  # nobody wants a trace in the middle of the line that is being typed
        folder = _snapshot(ctx)
        text = _names_file(folder).read_text(encoding="utf-8") if _has_names(folder) else ""
        words = [CompletionItem(word) for word in _WORDS if incomplete and word.startswith(incomplete)]
        return words + [CompletionItem(value, help=kind) for value, kind in _beginning(text, incomplete)]
    return []


def complete_action(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Services, then their actions; access levels."""
    with contextlib.suppress(Exception):  # likewise
        from xgraph.graph.model import reference

        service, colon, name = incomplete.partition(":")
        if not colon:
            words = ("any", *reference.LEVELS, *(f"{each}:" for each in reference.services()))
            return [CompletionItem(word) for word in words if word.startswith(incomplete.lower())]
        found = (action for action in reference.actions_of(service) if action.lower().startswith(f"{service}:{name}".lower()))
        return [CompletionItem(action) for action in found]
    return []


def remember(folder: str | Path, estate: Estate) -> None:
    """Write the names of a snapshot where completion finds them; a cache that can't be written is none."""
    with contextlib.suppress(OSError):
        file = _names_file(Path(folder))
        if file.exists():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
        draft.write_text("".join(f"\n{value}\t{kind}" for value, kind in sorted(set(_named(estate)))), encoding="utf-8", errors="replace")
        draft.replace(file)


def _snapshot(ctx: click.Context) -> Path:
    given = ctx.params.get("snapshot") or os.environ.get("XGRAPH_SNAPSHOT")
    if given:
        return Path(str(given))
    from xgraph.config import find_config, read_config

    path = os.environ.get("XGRAPH_CONFIG")
    return Path((read_config(path) if path else find_config()).snapshot or "snapshot")


def _names_file(folder: Path) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "xgraph" / "names" / f"{sha256((folder / 'snapshot.json').read_bytes()).hexdigest()[:32]}.txt"


def _has_names(folder: Path) -> bool:
    """Whether there is a file of names; a small snapshot is read to make one."""
    file = _names_file(folder)
    if not file.exists() and sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) <= _SMALL:
        import xgraph

        remember(folder, xgraph.load(folder).estate)
    return file.exists()


def _beginning(text: str, start: str) -> Iterator[tuple[str, str]]:
    """The lines that begin so; they are sorted, so they stand together."""
    position = text.find(f"\n{start}")
    for _ in range(_MOST):
        if position < 0 or not text.startswith(start, position + 1):
            return
        end = text.find("\n", position + 1)
        value, _, kind = text[position + 1 : end if end >= 0 else len(text)].partition("\t")
        yield value, kind
        position = end


def _named(estate: Estate) -> Iterable[tuple[str, str]]:
    from xgraph.queries.find import entries

    for entry in entries(estate):
        if not entry.id.isprintable():
            continue
        yield entry.id, entry.kind
        account = estate.accounts.get(entry.account or "")
        label = (account.alias or account.name or account.id) if account else entry.account
        if entry.kind == "account" and account is not None:
            yield from ((name, "account") for name in (account.alias, account.name) if name and name.isprintable())
        elif label and entry.id.startswith("arn:") and f"{label}/{entry.name}".isprintable():
            yield f"{label}/{entry.name}", entry.kind
