"""An organization's file (`org.json`) as the answers that Organizations would have given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._source import Source, document_text, read
from xgraph.ingest.services.organizations import RCP, SCP
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import GLOBAL, ORGANIZATIONS, Place, SnapshotError, place_of, printable
from xgraph.ingest.snapshot.manifest import row
from xgraph.ingest.snapshot.store import SnapshotWriter

_NOT_GIVEN = "not in the imported file"


class _Head(msgspec.Struct, rename="pascal"):
    id: str
    master_account_id: str


class _Root(msgspec.Struct, rename="pascal"):
    id: str
    name: str = ""


class _Child(msgspec.Struct, rename="pascal"):
    id: str
    parent: str
    name: str = ""


class _Policy(msgspec.Struct, rename="pascal"):
    id: str
    arn: str
    type: str


class _Attachment(msgspec.Struct, rename="pascal"):
    target_id: str
    policy_ids: list[str]


class _File(msgspec.Struct, rename="pascal"):
    organization: _Head
    roots: list[_Root] | None = None
    organizational_units: list[_Child] = []
    accounts: list[_Child] = []
    policies: list[_Policy] | None = None
    attachments: list[_Attachment] | None = None


def put_organization(writer: SnapshotWriter, file: Path | None, *, states_none: bool, missing: str) -> tuple[str, ...]:
    """Writes what the file tells; without one that there is none where that is stated, else that it was not tried, as `missing` says.

    Gives what could not be used, in sentences. Raises SnapshotError when the file can't be used.
    """
    writer.states_no_organization = states_none
    if file:
        batch, sentences = organization_calls(read(file))
        writer.put(batch)
        return sentences
    if not states_none:
        not_tried(writer, missing)
    return ()


def not_tried(writer: SnapshotWriter, missing: str) -> None:
    """Notes that nobody has asked whether there is an organization."""
    writer.cover(row("", GLOBAL, ORGANIZATIONS, "describe_organization", Outcome.NOT_TRIED, error=missing))


def organization_calls(source: Source) -> tuple[Batch, tuple[str, ...]]:
    """The calls, and what could not be used, in sentences.

    Raises SnapshotError when the file contradicts itself.
    """
    raw, file = source.parse(_File)
    batch = Batch(file.organization.id, ORGANIZATIONS, asked=file.organization.master_account_id)
    _check(source, file)
    batch.ok("describe_organization", {}, {"Organization": raw["Organization"]})
    if file.roots is None:
        batch.ended(Outcome.NOT_TRIED, "list_roots", {}, _NOT_GIVEN)
    else:
        batch.ok("list_roots", {}, {"Roots": raw["Roots"]})
    _tree(batch, raw, file)
    for kind in (RCP, SCP):
        _policies(batch, kind, raw)
    return batch, _unused(source, file)


def _check(source: Source, file: _File) -> None:
    head = file.organization
    if place_of(Place(head.id, ORGANIZATIONS).path) is None:
        raise SnapshotError(f"`{source.path}`: `{head.id}` is not the id of an organization")
    for account in (head.master_account_id, *(each.id for each in file.accounts)):
        if not is_account_id(account):
            raise SnapshotError(f"`{source.path}`: `{account}` is not an account id of 12 digits")
    parents = {root.id for root in file.roots or ()} | {unit.id for unit in file.organizational_units}
    for child in (*file.organizational_units, *file.accounts):
        if file.roots is not None and child.parent not in parents:
            raise SnapshotError(f"`{source.path}`: the parent `{child.parent}` of `{child.id}` is neither a root nor an OU of the file")
    known = {policy.id for policy in file.policies or ()}
    for attachment in file.attachments or ():
        for policy in attachment.policy_ids:
            if policy not in known:
                raise SnapshotError(f"`{source.path}`: `{policy}`, attached to `{attachment.target_id}`, is not among the policies")


def _tree(batch: Batch, raw: Mapping[str, Any], file: _File) -> None:
    children = (*file.organizational_units, *file.accounts)
    parents = {each.id for each in (*(file.roots or ()), *file.organizational_units)} | {child.parent for child in children}
    for parent in sorted(parents):
        units = [_without_ours(unit) for unit in raw.get("OrganizationalUnits", ()) if unit["Parent"] == parent]
        accounts = [_without_ours(account) for account in raw.get("Accounts", ()) if account["Parent"] == parent]
        batch.ok("list_organizational_units_for_parent", {"ParentId": parent}, {"OrganizationalUnits": units})
        batch.ok("list_accounts_for_parent", {"ParentId": parent}, {"Accounts": accounts})


def _without_ours(child: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in child.items() if key not in {"Parent", "Kind"}}


def _policies(batch: Batch, kind: str, raw: Mapping[str, Any]) -> None:
    if raw.get("Policies") is None:
        batch.ended(Outcome.NOT_TRIED, "list_policies", {"Filter": kind}, _NOT_GIVEN)
        return
    policies = [policy for policy in raw["Policies"] if policy["Type"] == kind]
    batch.ok("list_policies", {"Filter": kind}, {"Policies": [_summary(policy) for policy in policies]})
    for policy in policies:
        _policy(batch, policy, raw.get("Attachments"))


def _policy(batch: Batch, policy: Mapping[str, Any], attachments: list[Mapping[str, Any]] | None) -> None:
    parameters = {"PolicyId": policy["Id"]}
    if attachments is None:
        batch.ended(Outcome.NOT_TRIED, "list_targets_for_policy", parameters, _NOT_GIVEN)
    else:
        targets = [each["TargetId"] for each in attachments if policy["Id"] in each["PolicyIds"]]
        batch.ok("list_targets_for_policy", parameters, {"Targets": [{"TargetId": target} for target in dict.fromkeys(targets)]})
    if policy.get("Content") is None:
        batch.ended(Outcome.NOT_TRIED, "describe_policy", parameters, _NOT_GIVEN)
    else:
        content = document_text(policy["Content"])
        batch.ok("describe_policy", parameters, {"Policy": {"PolicySummary": _summary(policy), "Content": content}})


def _summary(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in policy.items() if key != "Content"}


def _unused(source: Source, file: _File) -> tuple[str, ...]:
    others = Counter(policy.type for policy in file.policies or () if policy.type not in {SCP, RCP})
    return tuple(printable(f"`{source.path}`: {count} of type `{kind}` not used") for kind, count in sorted(others.items()))
