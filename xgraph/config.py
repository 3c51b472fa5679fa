"""What `xgraph.toml` says: names of accounts, whose they are, and the snapshot to ask.

Flags come before environment variables, these before the file. A key that nobody knows is an error, not a wish that goes unheard.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Account

FILE = "xgraph.toml"
KEYS = ("snapshot", "own_accounts", "account_aliases", "third_parties")


class ConfigError(ValueError):
    """A configuration that can't be used; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Config:
    """`snapshot`: the folder to ask. `own_accounts`: ours, though in no collected organization. `account_aliases`: account id → how we
    call it. `third_parties`: account id → whose it is."""

    snapshot: str | None = None
    own_accounts: frozenset[str] = frozenset()
    account_aliases: Mapping[str, str] = field(default_factory=dict)
    third_parties: Mapping[str, str] = field(default_factory=dict)


NOTHING = Config()
# What the command line was told to read; `xgraph.load` falls back on it. Nothing is read in Python unless it is asked for.
CURRENT: ContextVar[Config] = ContextVar("config", default=NOTHING)


def read_config(path: str | Path) -> Config:
    """The configuration in a file. Raises ConfigError, OSError."""
    file = Path(path)
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"`{path}` is no TOML: {error}") from error
    for key in found:
        if key not in KEYS:
            raise ConfigError(f"`{path}` has the key `{key}`, which means nothing; known are {', '.join(f'`{one}`' for one in KEYS)}")
    snapshot = found.get("snapshot")
    if snapshot is not None and not isinstance(snapshot, str):
        raise _wrong(path, "snapshot", "is no text")
    return Config(
        str(file.parent / snapshot) if snapshot is not None else None,
        frozenset(_accounts(path, "own_accounts", found.get("own_accounts", []))),
        {account: alias for alias, account in _named(path, "account_aliases", found, many=False)},
        {account: name for name, account in _named(path, "third_parties", found, many=True)},
    )


def find_config(folder: str | Path = ".") -> Config:
    """The configuration of a folder, nothing when it has none. Raises ConfigError, OSError."""
    file = Path(folder) / FILE
    return read_config(file) if file.is_file() else NOTHING


def _wrong(path: str | Path, key: str, what: str) -> ConfigError:
    return ConfigError(f"`{key}` in `{path}` {what}")


def _accounts(path: str | Path, key: str, value: object) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list):
        raise _wrong(path, key, "is no list of account ids")
    for one in found:
        if not isinstance(one, str) or not is_account_id(one):
            raise _wrong(path, key, f"holds `{one}`, which is no text of 12 digits")
    return found


def _named(path: str | Path, key: str, found: Mapping[str, Any], *, many: bool) -> list[tuple[str, str]]:
    """(name, account) of a table whose values are one account, or with `many` a list of them."""
    table = found.get(key, {})
    if not isinstance(table, dict):
        raise _wrong(path, key, "is no table of names and accounts")
    out: dict[str, str] = {}
    for name, value in table.items():
        accounts = _accounts(path, f"{key}.{name}", value)
        if len(accounts) != 1 and not many:
            raise _wrong(path, f"{key}.{name}", "is not one account id")
        for account in accounts:
            if account in out:
                raise _wrong(path, key, f"names account {account} twice: `{out[account]}` and `{name}`")
            out[account] = name
    return [(name, account) for account, name in out.items()]


def applied(estate: Estate, config: Config) -> Estate:
    """The estate with the names and owners that the configuration states; verdicts do not depend on them."""
    if config in (NOTHING, Config(config.snapshot)):
        return estate
    accounts = dict(estate.accounts)
    for account in (*config.own_accounts, *config.account_aliases, *config.third_parties):
        accounts.setdefault(account, Account(account))
    for account, name in config.third_parties.items():
        accounts[account] = replace(accounts[account], name=name)
    for account, alias in config.account_aliases.items():
        known = accounts[account]
        accounts[account] = replace(known, name=alias, alias=known.name or known.alias)
    for account in config.own_accounts:
        accounts[account] = replace(accounts[account], is_own=True)
    return replace(estate, accounts={account: accounts[account] for account in sorted(accounts)})
