"""Users, groups, roles and managed policies, as entries of the answer that IAM gives about an account, to be added, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgraph.ingest.imports._book import Book
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services.iam import DETAILS

LISTS = {"user": "UserDetailList", "group": "GroupDetailList", "role": "RoleDetailList", "policy": "Policies"}
_NAMES = {"user": "UserName", "group": "GroupName", "role": "RoleName", "policy": "PolicyName"}
_INLINE = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
UNREAD_INLINE = "*"  # the name of an inline policy of which not even that is known

Entry = dict[str, Any]


def details(book: Book, account: str, unknown: str) -> dict[str, Any]:
    """IAM's answer about an account, to be changed; an account of which nothing was known gets one that says so."""
    sheet = book.at(account, "iam")
    if sheet.answer(DETAILS) is None:
        sheet.partly(DETAILS, {}, {each: [] for each in LISTS.values()}, unknown)
    sheet.is_changed = True
    answer = sheet.answer(DETAILS)
    return answer if answer is not None else {}


class Identities:
    """The identities of one account in a book."""

    def __init__(self, book: Book, account: str, unknown: str, partition: str = "aws") -> None:
        self._answer = details(book, account, unknown)
        self._account = account
        self._partition = partition

    def find(self, kind: str, name: str) -> Entry | None:
        """The entry of an identity by its name or ARN; names are unique whatever their case."""
        wanted = name.rsplit("/", 1)[-1].lower()
        for entry in self._answer.setdefault(LISTS[kind], []):
            if str(entry.get(_NAMES[kind]) or entry["Arn"].rsplit("/", 1)[-1]).lower() == wanted:
                found: Entry = entry
                return found
        return None

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of all identities of a kind."""
        entries = self._answer.setdefault(LISTS[kind], [])
        return tuple(str(entry.get(_NAMES[kind]) or entry["Arn"].rsplit("/", 1)[-1]) for entry in entries)

    def put(self, kind: str, name: str, path: str = "/") -> Entry:
        """The entry of an identity, made when it is not there."""
        found = self.find(kind, name)
        if found is None:
            found = {"Arn": self.arn(kind, name, path), _NAMES[kind]: name, "Path": path}
            self._answer[LISTS[kind]].append(found)
        return found

    def arn(self, kind: str, name: str, path: str = "/") -> str:
        """The ARN of an identity."""
        return f"arn:{self._partition}:iam::{self._account}:{kind}{path if path.startswith('/') else '/'}{name}"

    def remove(self, kind: str, name: str) -> bool:
        """Takes an identity out; False when it was not there."""
        found = self.find(kind, name)
        if found is None:
            return False
        self._answer[LISTS[kind]].remove(found)
        for others in LISTS.values():  # nobody can be attached to, or a member of, what is gone
            for entry in self._answer.get(others, ()):
                if kind == "policy":
                    detach(entry, found["Arn"])
                if kind == "group" and name in entry.get("GroupList", ()):
                    entry["GroupList"].remove(name)
        return True

    def put_policy(self, name: str, path: str, document: Any) -> str:
        """Gives a managed policy this document, UNREAD for one that is not known; the ARN."""
        entry = self.put("policy", name, path)
        version = {"VersionId": "v1", "IsDefaultVersion": True, **({} if document is UNREAD else {"Document": document})}
        entry.update(DefaultVersionId="v1", PolicyVersionList=[version])
        return str(entry["Arn"])

    def set_members(self, group: str, members: list[str]) -> None:
        """Makes users members of a group, and nobody else."""
        for user in self._answer.get("UserDetailList", ()):
            joined = user.setdefault("GroupList", [])
            is_member = str(user.get("UserName") or user["Arn"].rsplit("/", 1)[-1]) in members
            if is_member and group not in joined:
                joined.append(group)
            elif not is_member and group in joined:
                joined.remove(group)


def put_inline(kind: str, entry: Entry, name: str, document: Any) -> None:
    """Gives an identity an inline policy, UNREAD for one that is not known, None for none."""
    held = entry.setdefault(_INLINE[kind], [])
    held[:] = [each for each in held if each.get("PolicyName") != name]
    if document is UNREAD:
        held.append({"PolicyName": name})
    elif document is not None:
        held.append({"PolicyName": name, "PolicyDocument": document})


def attach(entry: Entry, arn: Any) -> None:
    """Attaches a managed policy; UNREAD one becomes an inline policy that was not read."""
    if arn is UNREAD:
        entry.setdefault(inline_list(entry), []).append({"PolicyName": UNREAD_INLINE})
        return
    held = entry.setdefault("AttachedManagedPolicies", [])
    if not any(each.get("PolicyArn") == arn for each in held):
        held.append({"PolicyArn": arn, "PolicyName": str(arn).rsplit("/", 1)[-1]})


def detach(entry: Entry, arn: str) -> None:
    """Takes a managed policy off."""
    if entry.get("AttachedManagedPolicies"):
        entry["AttachedManagedPolicies"][:] = [each for each in entry["AttachedManagedPolicies"] if each.get("PolicyArn") != arn]


def inline_list(entry: Mapping[str, Any]) -> str:
    """The name of the list of an identity's inline policies."""
    kind = entry["Arn"].split(":", 5)[-1].partition("/")[0]
    return _INLINE[kind]


def set_boundary(entry: Entry, arn: Any) -> None:
    """Sets the permissions boundary; None for none, UNREAD for one that is not known."""
    if arn is None or not arn:
        entry.pop("PermissionsBoundary", None)
    else:
        named = f"{entry['Arn']}#boundary" if arn is UNREAD else arn
        entry["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": named}
