"""What was asked before: the places of a snapshot with their calls, read one by one when they are needed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.snapshot.encoding import compact
from xgraph.ingest.snapshot.layout import COLLECTED_FILE, ORGANIZATIONS, Place
from xgraph.ingest.snapshot.read import read_coverage, read_file, read_head


class Key(NamedTuple):
    """What a collection asks at one go; an organization has its own word as account, since its id is not known before."""

    account: str
    service: str
    region: str


class Known(NamedTuple):
    """How a call ended, with the answer if there was one."""

    outcome: Outcome
    error: str = ""
    answer: Mapping[str, Any] | None = None


Calls = dict[tuple[str, str], Known]

ORGANIZATION = Key("organization", ORGANIZATIONS, "global")


class Earlier:
    """A finished snapshot, to go on from. Raises SnapshotError as reading it does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._head = read_head(folder)
        self.name = self._head.name
        self.accounts = tuple(self._head.accounts)
        self.organizations = tuple(self._head.organizations)
        self.states_no_organization = self._head.states_no_organization
        self._rows: defaultdict[Key, list[CallOutcome]] = defaultdict(list)
        for row in read_coverage(folder, self._head):
            self._rows[Key(row.account, row.service, row.region)].append(row)

    def places(self) -> tuple[Key, ...]:
        """The places of which the coverage speaks."""
        return tuple(self._rows)

    def rows(self, key: Key) -> tuple[CallOutcome, ...]:
        """How the calls of a place ended."""
        return tuple(self._rows.get(key, ()))

    def file(self, key: Key) -> tuple[str, bytes]:
        """Path and bytes of a place's answers; both empty when it has none."""
        paths = [Place(*key).path] if key.service != ORGANIZATIONS else [f"organization/{each}.json" for each in self._of(key)]
        for path in paths:
            if path in self._head.files:
                return path, read_file(self.folder, path, self._head.files[path])
        return "", b""

    def known(self, key: Key) -> Calls:
        """The calls of a place; those of the organization only when the snapshot has a single one."""
        if key == ORGANIZATION:
            owners = [each for each in self._rows if each.service == ORGANIZATIONS]
            if len(owners) != 1:
                return {}
            key = owners[0]
        return known_in(self.rows(key), self.file(key)[1])

    def clocks(self) -> Mapping[str, Any]:
        """What `collected.json` says of each place; nothing when it is not there any more."""
        try:
            found = json.loads((self.folder / COLLECTED_FILE).read_bytes())["places"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}

    def _of(self, key: Key) -> tuple[str, ...]:
        """The organizations that were asked about in a management account."""
        if len(self.organizations) == 1:
            return self.organizations
        return tuple(each for each in self.organizations if f'"{key.account}"'.encode() in self._organization(each))

    def _organization(self, name: str) -> bytes:
        path = f"organization/{name}.json"
        found = json.loads(read_file(self.folder, path, self._head.files[path]))["calls"]
        answers = [each["answer"] for each in found if each["call"] == "describe_organization"]
        return compact([each["Organization"].get("MasterAccountId") for each in answers]).encode()


def known_in(rows: Iterable[CallOutcome], content: bytes) -> Calls:
    """The calls of which rows and a file of answers tell; an answer that is missing makes its call unknown."""
    stored = json.loads(content)["calls"] if content else ()
    answers = {(each["call"], compact(each["parameters"])): each["answer"] for each in stored}
    calls: Calls = {}
    for row in rows:
        name = (row.call, row.parameters)
        if row.outcome is not Outcome.OK:
            calls[name] = Known(row.outcome, row.error)
        elif name in answers:
            calls[name] = Known(row.outcome, row.error, answers[name])
    return calls
