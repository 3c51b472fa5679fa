"""Where each answer lies in a snapshot.

    SNAPSHOT/snapshot.json                            format version, organizations, accounts, hashes of the files
    SNAPSHOT/organization/ORGANIZATION.json           the answers about one organization
    SNAPSHOT/accounts/ACCOUNT/SERVICE.REGION.json     the answers about one service, account and region; `global` where it has none
    SNAPSHOT/coverage.jsonl                           every call and how it ended
    SNAPSHOT/collected.json                           times and other clock data, outside of id and comparison

Any file may also be there compressed, as `….json.gz`; its hash is that of the plain bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMAT_VERSION = 1
GLOBAL = "global"
EVERY_REGION = "*"
ORGANIZATIONS = "organizations"

SNAPSHOT_FILE = "snapshot.json"
COVERAGE_FILE = "coverage.jsonl"
COLLECTED_FILE = "collected.json"

_ACCOUNT_FILE = re.compile(r"accounts/([0-9]{12})/([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\.json")
_ORGANIZATION_FILE = re.compile(r"organization/(o-[a-z0-9]+)\.json")

_LONGEST = 1000


class SnapshotError(ValueError):
    """A snapshot, or a file that should become one, can't be used; the text is one sentence that names file and place."""

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))


def printable(sentence: str) -> str:
    """A sentence that may be shown: what could steer a terminal is spelled out, and what is endless is cut."""
    short = sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in short)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What one file of answers is about. An organization's file has its id as `account` and the service `organizations`."""

    account: str
    service: str
    region: str = GLOBAL

    @property
    def path(self) -> str:
        """The file's path inside the snapshot."""
        if self.service == ORGANIZATIONS:
            return f"organization/{self.account}.json"
        return f"accounts/{self.account}/{self.service}.{self.region}.json"


def place_of(path: str) -> Place | None:
    """The place whose answers lie at `path`, or None for any other path (one that leads out of the snapshot among them)."""
    if found := _ACCOUNT_FILE.fullmatch(path):
        return Place(*found.groups())
    if found := _ORGANIZATION_FILE.fullmatch(path):
        return Place(found.group(1), ORGANIZATIONS)
    return None
