"""What a deployment would change in a snapshot: identities, policies, resources added, changed, removed.

A value is UNREAD when nobody knows it before the deployment. INVARIANT (unknown stays unknown): such a policy becomes one that was
not read, and what can't be placed at all becomes a call that was not tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from xgraph.graph.model.arn import parse_arn, partition_of_region
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import paused_garbage_collector
from xgraph.ingest.imports._book import Book
from xgraph.ingest.imports._buckets import owner_of, put_account_block, put_bucket, remove_bucket
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._identities import Identities, attach, detach, put_inline, set_boundary
from xgraph.ingest.imports._kinds import client_of, is_listed, kind_of, put_resource, remove_resource
from xgraph.ingest.imports._source import document_text
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.snapshot.encoding import compact
from xgraph.ingest.snapshot.layout import EVERY_REGION, GLOBAL, ORGANIZATIONS, SnapshotError, printable
from xgraph.ingest.snapshot.read import read_snapshot
from xgraph.ingest.snapshot.store import SnapshotWriter

UNKNOWN = "not known before it is deployed"
_NEW_BUCKET = {"Policy": None, "PublicAccessBlock": dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
), "OwnershipControls": "BucketOwnerEnforced", "Encryption": None, "Tags": None}  # fmt: skip  # AWS's defaults since April 2023


@dataclass(frozen=True, slots=True)
class Where:
    """Where something is deployed, and what it is called in the source."""

    account: str
    region: str
    label: str

    @property
    def partition(self) -> str:
        return partition_of_region(self.region) if self.region else "aws"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource there."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(slots=True)
class Overlay:
    """Changes on top of a snapshot. `said` are sentences about what could not be used as it stands."""

    book: Book
    said: list[str] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def _identities(self, where: Where) -> Identities:
        return Identities(self.book, where.account, UNKNOWN, where.partition)

    def identity(self, where: Where, kind: str, name: str, given: Mapping[str, Any]) -> None:
        """Puts a user, group or role. Keys: `Path`, `Trust`, `Boundary`, `Tags`, `Inline` (name to document), `Attached`,
        `Detached`, `Groups`."""
        path = given.get("Path")
        entry = self._identities(where).put(kind, name, path if isinstance(path, str) and path else "/")
        if "Trust" in given:
            entry.pop("AssumeRolePolicyDocument", None)
            if given["Trust"] is not UNREAD:
                entry["AssumeRolePolicyDocument"] = given["Trust"]
        if "Boundary" in given:
            set_boundary(entry, given["Boundary"])
        if given.get("Tags") is UNREAD:  # conditions on them could allow or deny anything
            put_inline(kind, entry, f"unknown tags:{where.label}", UNREAD)
            self.said.append(f"`{where.label}`: its tags are {UNKNOWN}, so what it may do is not known whole")
        elif "Tags" in given:
            entry["Tags"] = [{"Key": key, "Value": value} for key, value in (given["Tags"] or {}).items()]
        for policy, document in (given.get("Inline") or {}).items():
            put_inline(kind, entry, policy, document)
        for arn in given.get("Detached") or ():
            detach(entry, arn)
        for arn in given.get("Attached") or ():
            attach(entry, arn)
        if kind == "user" and "Groups" in given:
            entry["GroupList"] = list(given["Groups"])

    def drop_identity(self, where: Where, kind: str, name: str) -> None:
        """Removes a user, group, role or managed policy."""
        if not self._identities(where).remove(kind, name):
            self.said.append(f"`{where.label}`: there is no {kind} `{name}` in account `{where.account}` to remove")

    def managed(self, where: Where, name: str, path: str, document: Any) -> str:
        """Puts a managed policy; its ARN."""
        return self._identities(where).put_policy(name, path or "/", document)

    def inline(self, where: Where, kind: str, owner: Any, name: str, document: Any) -> None:
        """Gives an identity an inline policy; None takes it away."""
        entry = self._holder(where, kind, owner, is_new=document is not None)
        if entry is not None:
            put_inline(kind, entry, name, document)

    def attachment(self, where: Where, kind: str, owner: Any, arn: Any, *, on: bool) -> None:
        """Attaches a managed policy, or takes it off."""
        entry = self._holder(where, kind, owner, is_new=on)
        if entry is None:
            return
        if on:
            attach(entry, arn)
        elif arn is not UNREAD:
            detach(entry, arn)

    def membership(self, where: Where, user: Any, group: Any, *, on: bool) -> None:
        """Makes a user a member of a group, or no longer."""
        entry = self._holder(where, "user", user, is_new=on)
        if entry is None:
            return
        joined = entry.setdefault("GroupList", [])
        name = f"unknown:{where.label}" if group is UNREAD else str(group)
        if on and name not in joined:
            joined.append(name)
        if not on and name in joined:
            joined.remove(name)

    def _holder(self, where: Where, kind: str, owner: Any, *, is_new: bool) -> dict[str, Any] | None:
        """The entry of an identity that gets or loses something; a gap when nobody knows which one it is."""
        if owner is UNREAD or not owner:
            self.gap(where, "iam", GLOBAL, f"list_{kind}_policies", f"which {kind} it is about")
            return None
        identities = self._identities(where)
        found = identities.find(kind, str(owner))
        if found is None and is_new:
            self.said.append(
                f"`{where.label}`: the {kind} `{owner}` is not in the snapshot of account `{where.account}`: nothing else is known of it"
            )
            found = identities.put(kind, str(owner).rsplit("/", 1)[-1])
            put_inline(kind, found, "*", UNREAD)
        return found

    def unread_roles(self, where: Where, beginning: str) -> None:
        """Gives the roles of an account whose names begin so a policy that was not read."""
        identities = self._identities(where)
        for name in identities.names("role"):
            entry = identities.find("role", name) if name.startswith(beginning) else None
            if entry is not None:
                put_inline("role", entry, f"unknown:{where.label}", UNREAD)

    def bucket(self, where: Where, name: Any, given: Mapping[str, Any], *, is_new: bool = False) -> None:
        """Puts settings of a bucket; one that is new has AWS's defaults for the rest."""
        if name is UNREAD or not name:
            self.gap(where, "s3", GLOBAL, "list_buckets", "the name of its bucket")
            return
        account = owner_of(self.book, name) or where.account
        before = {**_NEW_BUCKET, "Region": where.region} if is_new and owner_of(self.book, name) is None else {}
        put_bucket(self.book, account, str(name), {**before, **given}, UNKNOWN)

    def drop_bucket(self, where: Where, name: str) -> None:
        """Removes a bucket."""
        if not remove_bucket(self.book, owner_of(self.book, name) or where.account, name):
            self.said.append(f"`{where.label}`: there is no bucket `{name}` in the snapshot to remove")

    def account_block(self, where: Where, block: Any) -> None:
        """Sets the account's Block Public Access for S3."""
        put_account_block(self.book, where.account, block, UNKNOWN)

    def resource(self, where: Where, arn: Any, given: Mapping[str, Any], *, is_new: bool = False) -> None:
        """Puts what is given of a resource; one that is new has neither policy nor tags unless they are given."""
        parsed = None if arn is UNREAD else parse_arn(str(arn))
        kind = kind_of(parsed) if parsed else None
        if parsed is None or kind is None or not parsed.account:
            self.said.append(f"`{where.label}`: its resource is {'not used yet' if parsed else UNKNOWN}, so its policy is not known")
            if parsed is None:
                self.gap(where, "iam", GLOBAL, "list_resources", "the name of its resource", quiet=True)
            else:
                at = Where(parsed.account or where.account, parsed.region or where.region, where.label)
                self.gap(at, client_of(parsed.service), at.region or GLOBAL, "list_resources", "its policy", quiet=True)
            return
        new = is_new and not is_listed(self.book, str(arn))
        defaults: dict[str, Any] = {"Policy": UNREAD if kind.service == "kms" else None, "Tags": None} if new else {}
        is_known = new and self.book.is_none(parsed.account, kind.service, kind.listing)
        put_resource(self.book, str(arn), {**defaults, **given}, UNKNOWN)
        if is_known:
            sheet = self.book.at(parsed.account, kind.service, parsed.region or GLOBAL)
            sheet.ok(kind.listing, {}, sheet.answer(kind.listing) or {})

    def drop_resource(self, where: Where, arn: Any) -> None:
        """Removes a resource."""
        if arn is UNREAD or not remove_resource(self.book, str(arn)):
            self.said.append(f"`{where.label}`: there is no such resource in the snapshot to remove")

    def policy_of(self, arn: str) -> Any:
        """The text of a resource's policy as it stands now, None for none, UNREAD when it is not known."""
        parsed = parse_arn(arn)
        kind = kind_of(parsed) if parsed else None
        if parsed is None or kind is None or kind.service != "lambda":
            return UNREAD
        sheet = self.book.at(parsed.account, "lambda", parsed.region)
        at = {"FunctionName": parsed.resource.removeprefix(kind.prefix)}
        answer = sheet.answer("get_policy", at)
        if answer is not None:
            return answer.get("Policy")
        ended = (each for each in sheet.rows() if each.call == "get_policy" and each.parameters == compact(at))
        return None if any(each.outcome is Outcome.EMPTY for each in ended) else UNREAD

    def statement(self, where: Where, arn: Any, sid: str, statement: Any) -> None:
        """Puts one statement of a resource's policy by its Sid; None takes it away, UNREAD makes the whole not read."""
        if arn is UNREAD:
            self.resource(where, arn, {})
            return
        before = self.policy_of(str(arn))
        if before is UNREAD or statement is UNREAD:
            self.resource(where, arn, {"Policy": UNREAD})
            return
        try:
            document = msgspec.json.decode(before) if before else {"Version": "2012-10-17", "Statement": []}
            held = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        except (msgspec.DecodeError, KeyError, TypeError):
            self.resource(where, arn, {"Policy": UNREAD})
            return
        kept = [each for each in held if not (isinstance(each, Mapping) and each.get("Sid") == sid)]
        document["Statement"] = [*kept, *([statement] if statement is not None else [])]
        self.resource(where, arn, {"Policy": document_text(document) if document["Statement"] else None})

    def gap(self, where: Where, service: str, region: str, call: str, what: str, *, quiet: bool = False) -> None:
        """Notes what can't be placed: something of the account is not known."""
        if not quiet:
            self.said.append(f"`{where.label}`: {what} is {UNKNOWN}")
        self.book.at(where.account, service, region).ended(Outcome.NOT_TRIED, f"{call}_of_change", {"Change": where.label}, UNKNOWN)

    def beyond(self, where: Where, kind: str, service: str) -> None:
        """Notes a resource of a type that can change access and is not used: what is known of its service here is not all."""
        self.unused[f"type `{kind}`"] += 1
        at, place = where, service
        if service == ORGANIZATIONS:
            found = [each.account for each in self.book.places() if each.service == ORGANIZATIONS]
            at, place = (Where(found[0], "", where.label), service) if found else (where, "iam")
        region = GLOBAL if place in ("iam", "s3", ORGANIZATIONS) else where.region or GLOBAL
        self.gap(at, place, region, "list_resources", f"what a resource of type `{kind}` changes")

    def skip(self, kind: str) -> None:
        """Counts a resource of a type that is not used."""
        self.unused[kind] += 1


def begin(onto: Path) -> Overlay:
    """An overlay without changes on the snapshot in `onto`. Raises SnapshotError when it can't be read."""
    return Overlay(Book(read_snapshot(onto)))


def finish(overlay: Overlay, source: Path, out: Path, *, name: str, force: bool) -> Imported:
    """Writes the changed snapshot to `out`. Raises SnapshotError when `out` can't be written to."""
    base = overlay.book.base
    for place in overlay.book.touched():
        if place.region != EVERY_REGION:
            overlay.book.at(place.account, place.service, place.region).complete(UNKNOWN)
    with SnapshotWriter(out, name=name or f"{base.name if base else ''}+{source.name}", force=force) as writer, paused_garbage_collector():
        writer.states_no_organization = base.states_no_organization if base else False
        overlay.book.write(writer)
        counted = (f"`{source}`: {count} of {what} not used" for what, count in sorted(overlay.unused.items()))
        made = writer.finish()
        changed = tuple(printable(f"{count} {what}") for what, count in sorted(overlay.changed.items()) if count)
        return Imported(
            made, tuple(sorted(writer.accounts)), tuple(writer.coverage), tuple(map(printable, (*overlay.said, *counted))), changed
        )


def check_out(onto: Path, out: Path) -> None:
    """Raises SnapshotError when the new snapshot would take the place of the one that it begins with."""
    if out.resolve() == onto.resolve():
        raise SnapshotError(f"`{out}` is the snapshot that is changed: name another folder with --out")


def texts(values: Any) -> Iterable[Any]:
    """The items of a list; none for what is no list."""
    return values if isinstance(values, list | tuple) else ()
