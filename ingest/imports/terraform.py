"""From the plan of Terraform (`terraform show -json`) to the snapshot that there would be after `terraform apply`.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.ingest.imports import _terraform_access as _access
from xgraph.ingest.imports import _terraform_types as _types
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._overlay import Overlay, Where, begin, check_out, finish
from xgraph.ingest.imports._source import Source, read, shaped
from xgraph.ingest.imports._terraform_types import Planned
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.snapshot.layout import SnapshotError

_INDEX = re.compile(r"\[(?:[0-9]+|\"[^\"]*\")\]")
_OF_AWS = "aws_"

TYPES = {**_types.TYPES, **_access.TYPES}  # in the order in which they are done
ADDED = _types.ADDED | _access.ADDED


class _Change(msgspec.Struct):
    actions: list[str]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    after_unknown: dict[str, Any] | bool = {}


class _Resource(msgspec.Struct):
    address: str
    type: str
    change: _Change
    mode: str = "managed"
    module_address: str = ""


class _Plan(msgspec.Struct):
    format_version: str
    resource_changes: list[_Resource] = []
    configuration: dict[str, Any] = {}
    prior_state: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What the user says of providers: account and region, "" where nothing is said."""

    account: str = ""
    region: str = ""


def import_terraform(
    plan: Path,
    onto: Path,
    out: Path,
    *,
    place: Place = Place(),
    providers: Mapping[str, Place] | None = None,
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes to `out` what the snapshot `onto` becomes by the plan.

    `place` and, by the key of a provider (`aws`, `aws.audit`), `providers` say where new things go when the plan doesn't.
    Raises SnapshotError, in one sentence that names file and place, when a file can't be used; nothing is written then.
    """
    check_out(onto, out)
    source = read(plan)
    _, parsed = source.parse(_Plan)
    if parsed.format_version.split(".")[0] not in {"0", "1"}:
        raise SnapshotError(f"`{plan}` has the format version `{parsed.format_version}`, this xgraph reads 1")
    overlay = begin(onto)
    with shaped(f"`{plan}`: its `configuration`"):
        changes = _Reader(source, parsed, place, providers or {}, overlay).planned()
    for planned, is_removed in changes:
        with shaped(f"`{plan}`: `{planned.where.label}`"):
            TYPES[planned.type](overlay, planned, is_removed)
        overlay.changed[planned.type] += planned.type not in _access.BEYOND
    return finish(overlay, plan, out, name=name, force=force)


class _Reader:
    """The changes of a plan, with what is unknown marked, and references to other resources of it followed."""

    def __init__(self, source: Source, plan: _Plan, place: Place, providers: Mapping[str, Place], overlay: Overlay) -> None:
        self._source = source
        self._plan = plan
        self._place = place
        self._providers = providers
        self._overlay = overlay
        self._by_address = {each.address: each for each in plan.resource_changes}
        self._configured = dict(_configured(plan.configuration.get("root_module"), ""))
        self._accounts = {arn.account for each in plan.resource_changes if (arn := self._arn(each)) and is_account_id(arn.account)}
        self._accounts |= set(_callers(((plan.prior_state or {}).get("values") or {}).get("root_module")))

    def planned(self) -> list[tuple[Planned, bool]]:
        """What is removed, then what is added or changed: attachments after what they attach."""
        removed, put = [], []
        for each in self._plan.resource_changes:
            if each.mode != "managed" or not {"create", "update", "delete", "forget"} & set(each.change.actions):
                continue
            if each.type.startswith("awscc_"):  # the other provider for AWS, whose types are those of CloudFormation
                self._overlay.beyond(self._where(each, each.change.after or each.change.before or {}), each.type, "iam")
                continue
            if not each.type.startswith(_OF_AWS) or each.type not in TYPES:
                self._overlay.skip(f"type `{each.type}`")
                continue
            if "forget" in each.change.actions:
                continue  # Terraform lets go of it, AWS keeps it
            if "delete" in each.change.actions or (each.type in ADDED and "update" in each.change.actions):
                removed.append((self._one(each, each.change.before or {}, {}, is_new=False), True))
            if {"create", "update"} & set(each.change.actions):
                put.append((self._put(each), False))
        rank = {type_: rank for rank, type_ in enumerate(TYPES)}
        return [
            *sorted(removed, key=lambda pair: (-rank[pair[0].type], pair[0].where.label)),
            *sorted(put, key=lambda pair: (rank[pair[0].type], pair[0].where.label)),
        ]

    def _put(self, each: _Resource) -> Planned:
        after = dict(each.change.after or {})
        unknown = each.change.after_unknown if isinstance(each.change.after_unknown, dict) else {}
        for key, is_unknown in unknown.items():
            if _any(is_unknown):
                after[key] = UNREAD
        given = self._configured.get(_plain(each.address), {}).get("expressions")
        left = {key for key, is_unknown in unknown.items() if is_unknown is True and isinstance(given, Mapping) and key not in given}
        is_new = "create" in each.change.actions
        return self._one(each, after, {} if is_new else each.change.before or {}, is_new=is_new, left=frozenset(left))

    def _one(
        self, each: _Resource, values: dict[str, Any], before: dict[str, Any], *, is_new: bool, left: frozenset[str] = frozenset()
    ) -> Planned:
        where = self._where(each, values)
        return Planned(each.type, where, values, before, is_new, lambda key: self._followed(each, values, key), left)

    def _where(self, each: _Resource, values: Mapping[str, Any]) -> Where:
        arn = self._arn(each)
        key = str(self._configured.get(_plain(each.address), {}).get("provider_config_key", "aws"))
        said = self._providers.get(key.rsplit(":", 1)[-1], self._place)
        account = (arn.account if arn and is_account_id(arn.account) else "") or said.account
        if not account and len(self._accounts) == 1 and len(self._keys()) < 2:
            (account,) = self._accounts
        if not account:
            base = self._overlay.book.base
            if base and len(base.accounts) == 1 and len(self._keys()) < 2:
                (account,) = base.accounts
        if not account:
            raise SnapshotError(
                f"`{self._source.path}`: nothing tells the account of `{each.address}` (provider `{key}`): "
                f"say --account ID, or --provider {key}=ID"
            )
        region = values.get("region") if isinstance(values.get("region"), str) else ""
        return Where(account, region or (arn.region if arn else "") or said.region or self._region(key), each.address)

    def _keys(self) -> set[str]:
        return {str(each.get("provider_config_key")) for each in self._configured.values() if str(each.get("type", "")).startswith(_OF_AWS)}

    def _region(self, key: str) -> str:
        provider = (self._plan.configuration.get("provider_config") or {}).get(key) or {}
        region = ((provider.get("expressions") or {}).get("region") or {}).get("constant_value")
        return region if isinstance(region, str) else "us-east-1" if not self._place.region else self._place.region

    def _arn(self, each: _Resource) -> Any:
        for values in (each.change.after, each.change.before):
            text = (values or {}).get("arn")
            if isinstance(text, str) and (arn := parse_arn(text)):
                return arn
        return None

    def _followed(self, each: _Resource, values: Mapping[str, Any], key: str) -> Any:
        """The value of an attribute; of an unknown one that is a reference to another resource of the plan, that resource."""
        value = values.get(key)
        if value is not UNREAD:
            return value
        expression = (self._configured.get(_plain(each.address), {}).get("expressions") or {}).get(key) or {}
        references = [str(name) for name in expression.get("references", ())]
        module = each.module_address + "." if each.module_address else ""
        found = []
        for name in references:
            target = self._by_address.get(module + name) or self._indexed(each, module, name)
            if target is not None and target not in found:
                found.append(target)
        if len(found) != 1 or found[0].type not in TYPES or len({".".join(name.split(".")[:2]) for name in references}) != 1:
            return UNREAD
        return self._put(found[0])

    def _indexed(self, each: _Resource, module: str, name: str) -> _Resource | None:
        """`aws_iam_role.app` of a resource with count or for_each: the one of the same index, or the only one."""
        if name.count(".") != 1:
            return None
        index = _INDEX.search(each.address[len(module) :])
        same = self._by_address.get(f"{module}{name}{index[0]}") if index else None
        several = [
            other
            for address, other in self._by_address.items()
            if _plain(address) == _plain(module + name) and address.startswith(module + name)
        ]
        return same or (several[0] if len(several) == 1 else None)


def _callers(module: Any) -> Iterator[str]:
    """The accounts of the credentials, where the plan has looked them up (`aws_caller_identity`)."""
    for each in module.get("resources") or () if isinstance(module, Mapping) else ():
        account = (each.get("values") or {}).get("account_id") if each.get("type") == "aws_caller_identity" else None
        if isinstance(account, str) and is_account_id(account):
            yield account
    for child in module.get("child_modules") or () if isinstance(module, Mapping) else ():
        yield from _callers(child)


def _any(unknown: Any) -> bool:
    if isinstance(unknown, Mapping):
        return any(_any(each) for each in unknown.values())
    if isinstance(unknown, list):
        return any(_any(each) for each in unknown)
    return bool(unknown)


def _plain(address: str) -> str:
    return _INDEX.sub("", address)


def _configured(module: Any, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    """The resources of a module's configuration and of those below it, by address without indices."""
    if not isinstance(module, Mapping):
        return []
    found = [(prefix + str(each.get("address")), each) for each in module.get("resources") or () if isinstance(each, dict)]
    for name, call in (module.get("module_calls") or {}).items():
        found += _configured(call.get("module") if isinstance(call, Mapping) else None, f"{prefix}module.{name}.")
    return found
