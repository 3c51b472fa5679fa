"""From a file store of iam-collect to a snapshot: one folder for each ARN, one file for each kind of metadata, what is empty left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import paused_garbage_collector
from xgraph.ingest.imports._book import Book
from xgraph.ingest.imports._buckets import put_account_block, put_bucket
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._identities import LISTS
from xgraph.ingest.imports._kinds import KINDS, put_resource
from xgraph.ingest.imports._organization import not_tried, organization_calls
from xgraph.ingest.imports._source import Source, read, shaped
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services.iam import DETAILS
from xgraph.ingest.services.organizations import RCP, SCP
from xgraph.ingest.snapshot.layout import EVERY_REGION, SnapshotError, printable
from xgraph.ingest.snapshot.store import SnapshotWriter

NOT_GIVEN = "not in the iam-collect store"
_FIELDS = {"user": ("UserName", "UserId"), "group": ("GroupName", "GroupId"), "role": ("RoleName", "RoleId")}
_POLICY_LISTS = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
_POLICY_KINDS = {"scps": SCP, "rcps": RCP}


@dataclass(slots=True)
class _Work:
    book: Book = field(default_factory=Book)
    unused: Counter[str] = field(default_factory=Counter)
    nothing_denied: bool = False
    owner_enforced: bool = False


def import_iam_collect(
    store: Path,
    out: Path,
    *,
    states_no_organization: bool = False,
    nothing_denied: bool = False,
    owner_enforced: bool = False,
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes a snapshot to `out` from the store in the folder `store`.

    A store leaves out what is empty and what its collector was not allowed to see: a policy that is missing is unknown unless
    `nothing_denied` states that nothing was denied. Buckets and identities are there whole or not at all; of a bucket's ACL and object
    ownership a store says nothing, unless `owner_enforced` states that all buckets are BucketOwnerEnforced, which turns ACLs off.
    Raises SnapshotError, in one sentence that names file and place, when a file can't be used; nothing is written then.
    """
    bases = _bases(store)
    work = _Work(nothing_denied=nothing_denied, owner_enforced=owner_enforced)
    with SnapshotWriter(out, name=name, force=force) as writer, paused_garbage_collector():
        writer.states_no_organization = states_no_organization
        sentences: list[str] = []
        found = [folder for base in bases for folder in _folders(base / "organizations")]
        for folder in found:
            with shaped(f"`{folder}`: a file"):
                organization = _organization(folder)
            batch, said = organization_calls(organization)
            writer.put(batch)
            sentences += said
        if not found and not states_no_organization:
            not_tried(writer, NOT_GIVEN)
        for base in bases:
            for folder in _folders(base / "accounts"):
                with shaped(f"`{folder}`: a file"):
                    _account(work, folder)
        work.book.write(writer)
        counted = (f"`{store}`: {count} of {what} not used" for what, count in sorted(work.unused.items()))
        made = writer.finish()
        return Imported(made, tuple(sorted(writer.accounts)), tuple(writer.coverage), tuple(map(printable, (*sentences, *counted))))


def _bases(store: Path) -> list[Path]:
    """The folders of partitions, wherever in the store's folder they begin."""
    for pattern in ("*", "*/*", "*/*/*", "*/*/*/*"):
        found = [folder.parent for folder in sorted(store.glob(pattern)) if folder.name == "accounts" and folder.is_dir()]
        if found:
            return found
    raise SnapshotError(f"`{store}` is not a file store of iam-collect: it has no folder `aws/aws/accounts`")


def _folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _account(work: _Work, folder: Path) -> None:
    account = folder.name
    if not is_account_id(account):
        raise SnapshotError(f"`{folder}` is not named by an account id of 12 digits")
    for service in _folders(folder):
        if service.name == "iam":
            _identities(work, account, service)
        elif service.name == "s3":
            _buckets(work, account, service)
        else:
            _resources(work, account, service)
    block = folder / "s3-bpa.json"
    if block.is_file():
        put_account_block(work.book, account, _mapping(read(block)), NOT_GIVEN)
    _complete(work.book, account)


def _complete(book: Book, account: str) -> None:
    """Notes what nobody told: calls about what is there, and services of which nothing is."""
    services = {place.service for place in book.places() if place.account == account}
    for place in book.places():
        if place.account == account:
            book.at(place.account, place.service, place.region).complete(NOT_GIVEN)
    if "s3" not in services:
        book.at(account, "s3").complete(NOT_GIVEN)
    for kind in KINDS:
        if kind.service not in services:
            book.at(account, kind.service, EVERY_REGION).ended(Outcome.NOT_TRIED, kind.listing, {}, NOT_GIVEN)


def _identities(work: _Work, account: str, folder: Path) -> None:
    answer: dict[str, list[dict[str, Any]]] = {key: [] for key in LISTS.values()}
    for kind in _FIELDS:
        answer[LISTS[kind]] = [_identity(account, kind, each) for each in _folders(folder / kind)]
    for policies in (folder / "aws" / "policy", folder / "policy"):
        answer["Policies"] += [_managed(each) for each in _folders(policies)]
    work.book.at(account, "iam").ok(DETAILS, {}, answer)
    for other in _folders(folder):
        if other.name not in {*_FIELDS, "aws", "policy"}:
            work.unused[f"iam/{other.name}"] += len(_folders(other))


def _identity(account: str, kind: str, folder: Path) -> dict[str, Any]:
    head = _head(folder, account, "iam")
    name, identifier = _FIELDS[kind]
    entry: dict[str, Any] = {
        "Arn": head["arn"],
        name: str(head.get("name") or head["arn"].rsplit("/", 1)[-1]),
        identifier: str(head.get("id") or ""),
        "Path": str(head.get("path") or "/"),
        _POLICY_LISTS[kind]: _list(folder / "inline-policies.json", dict),
        "AttachedManagedPolicies": [
            {"PolicyArn": arn, "PolicyName": arn.rsplit("/", 1)[-1]} for arn in _list(folder / "managed-policies.json", str)
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in _tags(folder).items()],
    }
    if head.get("permissionBoundary"):
        entry["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": head["permissionBoundary"]}
    if kind == "user":
        entry["GroupList"] = [arn.rsplit("/", 1)[-1] for arn in _list(folder / "groups.json", str)]
    if kind == "role":
        entry["InstanceProfileList"] = [{"Arn": arn} for arn in _list(folder / "instance-profiles.json", str)]
        if (folder / "trust-policy.json").is_file():
            entry["AssumeRolePolicyDocument"] = read(folder / "trust-policy.json").document()
    return entry


def _managed(folder: Path) -> dict[str, Any]:
    head = _head(folder, "", "iam")
    version = str(head.get("defaultVersionId") or "v1")
    file = folder / "current-policy.json"
    document = {"Document": read(file).document()} if file.is_file() else {}
    name = head["arn"].rsplit("/", 1)[-1]
    versions = [{"VersionId": version, "IsDefaultVersion": True, **document}]
    return {"Arn": head["arn"], "PolicyName": name, "DefaultVersionId": version, "PolicyVersionList": versions}


def _buckets(work: _Work, account: str, folder: Path) -> None:
    work.book.at(account, "s3").ok("list_buckets", {}, {"Buckets": []})
    for each in _folders(folder):
        if not (each / "metadata.json").is_file():  # access points and the like have a level more
            work.unused[f"s3/{each.name}"] += 1
            continue
        head = _head(each, "", "s3")
        name = str(head.get("name") or head["arn"].rsplit(":", 1)[-1])
        block, rules = each / "bpa.json", _list(each / "encryption.json", dict)
        given = {
            "Region": head.get("region"),
            "Policy": _document(each) or None,
            "PublicAccessBlock": _mapping(read(block)) if block.is_file() else None,
            "Encryption": {"Rules": rules} if rules else None,
            "Tags": _tags(each),
            **({"OwnershipControls": "BucketOwnerEnforced"} if work.owner_enforced else {}),
        }
        put_bucket(work.book, account, name, given, NOT_GIVEN)


def _resources(work: _Work, account: str, folder: Path) -> None:
    for metadata in sorted(folder.rglob("metadata.json")):
        head = _head(metadata.parent, account, "")
        arn = parse_arn(head["arn"])
        policy = _document(metadata.parent)
        missing = None if work.nothing_denied and folder.name != "kms" else UNREAD  # a key always has a policy
        tags = _tags(metadata.parent)
        given = {"Policy": policy or missing, "Tags": tags or (None if work.nothing_denied else UNREAD)}
        if arn is None or not put_resource(work.book, head["arn"], given, NOT_GIVEN):
            work.unused[folder.name] += 1
            continue
        for kind in KINDS:
            if kind.service == folder.name and (listed := work.book.at(account, folder.name, arn.region).answer(kind.listing)):
                work.book.at(account, folder.name, arn.region).ok(kind.listing, {}, listed)


def _organization(folder: Path) -> Source:
    """The organization in the shape of an `org.json`; errors name the folder."""
    head, accounts, units = (_mapping(read(folder / f"{name}.json")) for name in ("metadata", "accounts", "ous"))
    kinds = [kind for kind, is_on in (head.get("features") or {}).items() if is_on]
    root = head.get("rootOu")
    policies = [_control(each, kind) for name, kind in _POLICY_KINDS.items() for each in _folders(folder / name)]
    ids = {policy["Arn"]: policy["Id"] for policy in policies}
    partition = str(head.get("arn", "")).split(":")[1:2] or ["aws"]
    value = {
        "Organization": {"Id": head.get("id"), "MasterAccountId": head.get("rootAccountId"), "FeatureSet": "ALL"},
        "Roots": [{"Id": root, "Name": _name(folder, root), "PolicyTypes": [{"Type": kind, "Status": "ENABLED"} for kind in kinds]}],
        "OrganizationalUnits": [
            {"Id": unit, "Name": _name(folder, unit), "Parent": _inner(each).get("parent")} for unit, each in units.items() if unit != root
        ],
        "Accounts": [
            {
                "Id": account,
                "Name": "",
                "Arn": f"arn:{partition[0]}:organizations::{head.get('rootAccountId')}:account/{head.get('id')}/{account}",
                "Parent": _inner(each).get("ou"),
            }
            for account, each in accounts.items()
        ],
        "Policies": policies,
        "Attachments": [
            {"TargetId": target, "PolicyIds": [ids.get(arn, arn) for key in _POLICY_KINDS for arn in _inner(each).get(key) or ()]}
            for target, each in (*units.items(), *accounts.items())
        ],
    }
    return Source(folder, json.dumps(value))


def _control(folder: Path, kind: str) -> dict[str, Any]:
    head = _mapping(read(folder / "metadata.json"))
    arn = str(head.get("arn", ""))
    policy = {
        "Arn": arn,
        "Id": arn.rsplit("/", 1)[-1],
        "Name": head.get("name", ""),
        "Type": kind,
        "AwsManaged": bool(head.get("awsManaged")),
    }
    return {**policy, "Content": _document(folder)} if _document(folder) else policy


def _name(folder: Path, unit: Any) -> str:
    file = folder / "ous" / str(unit) / "metadata.json"
    return str(_mapping(read(file)).get("name", "")) if file.is_file() else ""


def _inner(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _head(folder: Path, account: str, service: str) -> dict[str, Any]:
    """The metadata of an ARN's folder, with an ARN of this account and service."""
    source = read(folder / "metadata.json")
    head = _mapping(source)
    arn = parse_arn(str(head.get("arn", "")))
    if arn is None or (service and arn.service != service) or (account and arn.account != account):
        of = f" of the account `{account}`" if account else ""
        raise SnapshotError(f"`{source.path}`: `{head.get('arn')}` is not an ARN of {service or 'a resource'}{of}")
    return head


def _document(folder: Path) -> Any:
    file = folder / "policy.json"
    return read(file).document() if file.is_file() else None


def _tags(folder: Path) -> dict[str, str]:
    file = folder / "tags.json"
    return {key: str(value) for key, value in _mapping(read(file)).items()} if file.is_file() else {}


def _mapping(source: Source) -> dict[str, Any]:
    value = source.value()
    if not isinstance(value, dict):
        raise SnapshotError(f"`{source.path}`: expected an object at the top")
    return value


def _list(file: Path, kind: type) -> list[Any]:
    if not file.is_file():
        return []
    value = read(file).value()
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise SnapshotError(f"`{file}`: expected a list of {'objects' if kind is dict else 'texts'} at the top")
    return value
