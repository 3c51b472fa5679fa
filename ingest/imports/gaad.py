"""From the output of `aws iam get-account-authorization-details` to a snapshot like the collector's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import paused_garbage_collector
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._groups import NOT_GIVEN
from xgraph.ingest.imports._organization import put_organization
from xgraph.ingest.imports._resources import not_given, resource_calls
from xgraph.ingest.imports._source import Source, files_in, read
from xgraph.ingest.services.iam import DETAILS, Details
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import SnapshotError
from xgraph.ingest.snapshot.store import SnapshotWriter

_LISTS = {"UserDetailList": "user", "GroupDetailList": "group", "RoleDetailList": "role", "Policies": "policy"}
_OWN_ARN = re.compile(r'"Arn"\s*:\s*"arn:[a-z-]+:iam::([0-9]{12}):')


class _File(Details, rename="pascal"):
    is_truncated: bool = False
    next_token: str | None = None


def import_gaad(
    files: tuple[Path, ...],
    out: Path,
    *,
    organization: Path | None = None,
    states_no_organization: bool = False,
    resources: tuple[Path, ...] = (),
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes a snapshot to `out` from files that other tools have written.

    A folder among `files` stands for every `gaad*.json` below it, one among `resources` for every `resources*.json`. Without
    `organization` and without `states_no_organization` service and resource control policies are unknown.
    Raises SnapshotError, in one sentence that names file and place, when a file can't be used; nothing is written then.
    """
    with SnapshotWriter(out, name=name, force=force) as writer, paused_garbage_collector():
        unused = list(put_organization(writer, organization, states_none=states_no_organization, missing=NOT_GIVEN))
        for account, paths in sorted(_by_account(files_in(files, "gaad*.json")).items()):
            writer.put(_identities(account, paths))
        unused += _put_resources(files_in(resources, "resources*.json"), writer)
        return Imported(writer.finish(), tuple(sorted(writer.accounts)), tuple(writer.coverage), tuple(unused))


def _by_account(paths: Iterable[Path]) -> dict[str, list[Path]]:
    accounts: defaultdict[str, list[Path]] = defaultdict(list)
    for path in paths:
        source = read(path)
        found = _OWN_ARN.search(source.text)
        account = found[1] if found else source.account_in_name()
        if account is None:
            source.parse(_File)
            raise SnapshotError(f"`{path}` names no account: it has no user, group, role or policy of one, nor 12 digits in its path")
        accounts[account].append(path)
    return accounts


def _identities(account: str, paths: Iterable[Path]) -> Batch:
    """The pages of one account as one answer, each entry once."""
    batch = Batch(account, "iam")
    merged: dict[str, dict[str, Any]] = {key: {} for key in _LISTS}
    last_page = False
    for path in paths:
        source = read(path)
        raw, details = source.parse(_File)
        if not raw.keys() & _LISTS.keys():
            raise SnapshotError(f"`{path}` is not the output of get-account-authorization-details: it has none of {', '.join(_LISTS)}")
        _check_accounts(source, account, details)
        last_page = last_page or not (details.is_truncated or details.next_token)
        for key, entries in merged.items():
            _merge(source, key, entries, raw.get(key, ()))
    if not last_page:
        raise SnapshotError(f"`{path}` is not the last page of account `{account}`: add the others")
    batch.ok(DETAILS, {}, {key: list(entries.values()) for key, entries in merged.items()})
    for call in ("list_account_aliases", "list_open_id_connect_providers", "list_saml_providers"):
        batch.ended(Outcome.NOT_TRIED, call, {}, NOT_GIVEN)
    return batch


def _merge(source: Source, key: str, entries: dict[str, Any], page: Iterable[Mapping[str, Any]]) -> None:
    for entry in page:
        if entries.setdefault(entry["Arn"], entry) != entry:
            raise SnapshotError(f"`{source.path}`: the {_LISTS[key]} `{entry['Arn']}` was something else before")


def _check_accounts(source: Source, account: str, details: Details) -> None:
    for entry in (*details.user_detail_list, *details.group_detail_list, *details.role_detail_list):
        arn = parse_arn(entry.arn)
        if arn is None or arn.service != "iam" or arn.account != account:
            raise SnapshotError(f"`{source.path}`: `{entry.arn}` is not an identity of the account `{account}`")


def _put_resources(paths: Iterable[Path], writer: SnapshotWriter) -> list[str]:
    """Writes what the files tell, and for every other account that it was not tried."""
    unused: list[str] = []
    seen: dict[str, Path] = {}
    for path in paths:
        account, batches, sentences = resource_calls(read(path))
        if account in seen:
            raise SnapshotError(f"`{path}` is about the account `{account}`, as is `{seen[account]}`")
        seen[account] = path
        unused += sentences
        for batch in batches:
            writer.put(batch)
    for account in sorted(writer.accounts - seen.keys()):
        for batch in not_given(account):
            writer.put(batch)
    return unused
