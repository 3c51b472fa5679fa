"""From a folder of what the AWS CLI has printed to the snapshot that the collector would have made of the same answers.

A file is the output of one call: `[ACCOUNT/][REGION/]SERVICE.OPERATION[.VALUE…].json`, as in `s3api.get-bucket-policy.reports.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import paused_garbage_collector
from xgraph.ingest.imports._book import Book, Sheet
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._organization import not_tried
from xgraph.ingest.imports._source import read
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Call, Scope, Service
from xgraph.ingest.snapshot.layout import GLOBAL, ORGANIZATIONS, SnapshotError, place_of, printable
from xgraph.ingest.snapshot.store import SnapshotWriter

NOT_GIVEN = "not among the files of the AWS CLI"
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,2}-[0-9]")
_FAILED = re.compile(r"\(([A-Za-z0-9.]+)\) when calling the \w+ operation")
_DENIED = re.compile(r"AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError|Forbidden")
_COMMANDS = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}  # commands that are not called as the client is

# What a file without such a name is told by: a key at the top that no other call has.
_BY_KEY = {
    "RoleDetailList": ("iam", "get_account_authorization_details"),
    "OpenIDConnectProviderList": ("iam", "list_open_id_connect_providers"),
    "SAMLProviderList": ("iam", "list_saml_providers"),
    "AccountAliases": ("iam", "list_account_aliases"),
    "Buckets": ("s3", "list_buckets"),
    "QueueUrls": ("sqs", "list_queues"),
    "Topics": ("sns", "list_topics"),
    "TableNames": ("dynamodb", "list_tables"),
    "SecretList": ("secretsmanager", "list_secrets"),
    "Organization": (ORGANIZATIONS, "describe_organization"),
    "Roots": (ORGANIZATIONS, "list_roots"),
}


@dataclass(frozen=True, slots=True)
class _File:
    """One file: which call it is of, of where, for which values of its parameters, and how it ended."""

    path: Path
    account: str
    region: str
    service: Service
    call: Call
    values: tuple[str, ...]
    answer: dict[str, Any] | None
    outcome: Outcome
    error: str


def import_aws_cli(
    folder: Path,
    out: Path,
    *,
    account: str = "",
    region: str = "",
    states_no_organization: bool = False,
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes a snapshot to `out` from the files below `folder`; `account` and `region` are those of files whose path names none.

    Raises SnapshotError, in one sentence that names file and place, when a file can't be used; nothing is written then.
    """
    unused: list[str] = []
    files = list(_files(folder, account, region, unused))
    if not files:
        raise SnapshotError(f"`{folder}` holds no file of a call that is used, such as `iam.get-account-authorization-details.json`")
    with SnapshotWriter(out, name=name, force=force) as writer, paused_garbage_collector():
        writer.states_no_organization = states_no_organization
        book = Book()
        waiting = [file for file in files if not _put(book, file, unused)]
        while waiting:  # a call may be about what another one has told
            left = [file for file in waiting if not _place(book, file)]
            if len(left) == len(waiting):
                break
            waiting = left
        unused += [f"`{file.path}` is of something that no listing among the files tells of" for file in waiting]
        for place in book.places():
            book.at(place.account, place.service, place.region).complete(NOT_GIVEN)
        if not states_no_organization and not any(place.service == ORGANIZATIONS for place in book.places()):
            not_tried(writer, NOT_GIVEN)
        book.write(writer)
        made = writer.finish()
        return Imported(made, tuple(sorted(writer.accounts)), tuple(writer.coverage), tuple(map(printable, unused)))


def _files(folder: Path, account: str, region: str, unused: list[str]) -> Iterator[_File]:
    for path in sorted(folder.rglob("*.json*")):
        if not path.is_file():
            continue
        content, outcome, error = _read(path)
        found = _named(path) or _told(content)
        if found is None:
            unused.append(f"`{path}` is not used: neither its name nor its content tells a call that is")
            continue
        service, call, values = found
        parts = path.relative_to(folder).parts
        whose = next((hit[0] for part in reversed((*folder.parts, *parts)) if (hit := _ACCOUNT.search(part))), account)
        where = next((part for part in reversed(parts[:-1]) if _REGION.fullmatch(part)), region)
        if service.scope is Scope.ORGANIZATION:
            where = GLOBAL
        elif not whose:
            raise SnapshotError(f"`{path}`: nothing tells the account: put the file into a folder named by it, or say --account ID")
        if service.scope is Scope.GLOBAL:
            where = GLOBAL
        elif not where:
            raise SnapshotError(f"`{path}`: nothing tells the region: put the file into a folder named by it, or say --region REGION")
        yield _File(path, whose, where, service, call, values, content, outcome, error)


def _read(path: Path) -> tuple[dict[str, Any] | None, Outcome, str]:
    """What a file says: an answer, or the message of a call that failed. An empty file is a call that failed without a word."""
    source = read(path)
    failed = None if source.text.lstrip().startswith("{") else _FAILED.search(source.text)
    if failed:
        return None, Outcome.DENIED if _DENIED.search(failed[1]) else Outcome.FAILED, " ".join(source.text.split())
    if not source.text.strip():
        return None, Outcome.FAILED, "the file is empty"
    value = source.value()
    if not isinstance(value, dict):
        raise SnapshotError(f"`{path}`: expected an object at the top, as the AWS CLI prints without --query")
    if value.get("NextToken") or value.get("IsTruncated") is True:
        raise SnapshotError(f"`{path}` is one page of several: let the AWS CLI print them all (without --no-paginate and --max-items)")
    return value, Outcome.OK, ""


def _named(path: Path) -> tuple[Service, Call, tuple[str, ...]] | None:
    command, *rest = path.name.removesuffix(".gz").removesuffix(".json").split(".", 2)
    if not rest:
        return None
    operation = rest[0].replace("-", "_")
    values = tuple(unquote(each) for each in rest[1].split(",")) if len(rest) > 1 else ()
    for service in SERVICES:
        for call in service.calls:
            if call.operation == operation and service.client_of(call) == _COMMANDS.get(command, command):
                return service, call, values
    return None


def _told(content: Mapping[str, Any] | None) -> tuple[Service, Call, tuple[str, ...]] | None:
    for key in content or ():
        if key in _BY_KEY:
            name, operation = _BY_KEY[key]
            service = next(each for each in SERVICES if each.name == name)
            return service, next(each for each in service.calls if each.operation == operation), ()
    return None


def _put(book: Book, file: _File, unused: list[str]) -> bool:
    """Puts a file that stands alone; False for one that waits for what others tell."""
    if file.service.scope is Scope.ORGANIZATION and file.call.operation != "describe_organization":
        return False
    if file.values:
        return False
    sheet = _sheet(book, file)
    if sheet is None:
        unused.append(f"`{file.path}` is not used: it names no organization")
        return True
    if not _is_plain(sheet, file.call):
        return False
    _note(sheet, file, {})
    return True


def _sheet(book: Book, file: _File) -> Sheet | None:
    if file.service.scope is not Scope.ORGANIZATION:
        return book.at(file.account, file.service.name, file.region)
    if file.call.operation == "describe_organization":
        head = (file.answer or {}).get("Organization")
        found = str(head.get("Id", "")) if isinstance(head, Mapping) else ""
        if place_of(f"organization/{found}.json") is None:
            return None
        return book.at(found, ORGANIZATIONS, asked=str(head.get("MasterAccountId", "")) if isinstance(head, Mapping) else "")
    known = [place for place in book.places() if place.service == ORGANIZATIONS]
    return book.at(known[0].account, ORGANIZATIONS) if len(known) == 1 else None


def _is_plain(sheet: Sheet, call: Call) -> bool:
    """Whether a call is made without parameters."""
    return [dict(each) for each in sheet.asked_for(call)] == [{}]


def _place(book: Book, file: _File) -> bool:
    """Puts a file for those parameters that its values, or the only choice, tell; False while there are none."""
    sheet = _sheet(book, file)
    if sheet is None:
        return False
    several = [dict(each) for each in sheet.asked_for(file.call)]
    fitting = [each for each in several if _fits(each, file.values)]
    if len(fitting) != 1:
        return False
    _note(sheet, file, fitting[0])
    return True


def _fits(parameters: Mapping[str, Any], values: Iterable[str]) -> bool:
    """Whether each value is that of a parameter: the whole of it, or the end of an ARN or URL."""
    held = [each for each in parameters.values() if isinstance(each, str | int)]
    return all(any(str(each) == value or re.search(rf"[:/]{re.escape(value)}$", str(each)) for each in held) for value in values)


def _note(sheet: Sheet, file: _File, parameters: Mapping[str, Any]) -> None:
    if file.answer is not None:
        sheet.ok(file.call.name, parameters, file.answer)
        return
    code = found[1] if (found := _FAILED.search(file.error)) else ""
    known = {
        Outcome.EMPTY: any(each.split(":")[0] == code and each.partition(": ")[2] in file.error for each in file.call.empty),
        Outcome.ABSENT: any(each.split(":")[0] == code and each.partition(": ")[2] in file.error for each in file.call.absent),
    }
    outcome = next((each for each, is_it in known.items() if is_it), file.outcome)
    sheet.ended(outcome, file.call.name, parameters, "" if outcome is Outcome.EMPTY else file.error)
