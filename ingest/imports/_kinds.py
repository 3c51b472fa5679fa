"""Resources as the answers that their services would give: one table, a row for each kind of resource.

What is said of a resource is a mapping: a key that is missing says nothing, None that there is none, UNREAD that it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.model.arn import Arn, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._book import Book, Sheet
from xgraph.ingest.imports._source import document_text
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services.sqs import ATTRIBUTES
from xgraph.ingest.snapshot.layout import GLOBAL

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a service answers about resources of one kind.

    `prefix`: how the resource part of their ARNs begins. `listing` and `key`: the call that lists them and the list in its answer.
    `entry`: an entry of it, and `of`, `tags_of` parameters, as patterns of `arn`, `name`, `account`, `region`; an entry that is text
    has the one field "". `policy`: the call that tells the policy, or "" when the entry has it; `document`: where, a path with dots.
    `always`: the call is answered also when there is no policy. `tags` and `tagged` say the same of tags; `pairs` names the fields
    of a tag, () when tags are a mapping.
    """

    service: str
    prefix: str
    listing: str
    key: str
    entry: Mapping[str, str]
    policy: str = ""
    of: Mapping[str, Any] = field(default_factory=dict)
    document: str = "Policy"
    always: Mapping[str, Any] | None = None
    tags: str = ""
    tags_of: Mapping[str, str] = field(default_factory=dict)
    tagged: str = "Tags"
    pairs: tuple[str, ...] = ("Key", "Value")


KINDS = (
    Kind(
        "sqs", "", "list_queues", "QueueUrls", {"": "https://sqs.{region}.amazonaws.com/{account}/{name}"}, "get_queue_attributes",
        {"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}", "AttributeNames": ATTRIBUTES}, "Attributes.Policy",
        {"Attributes": {"QueueArn": "{arn}"}}, "list_queue_tags", {"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}"}, pairs=(),
    ),
    Kind(
        "sns", "", "list_topics", "Topics", {"TopicArn": "{arn}"}, "get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes.Policy",
        {"Attributes": {"TopicArn": "{arn}"}}, "list_tags_for_resource", {"ResourceArn": "{arn}"},
    ),
    Kind(
        "kms", "key/", "list_keys", "Keys", {"KeyArn": "{arn}", "KeyId": "{name}"}, "get_key_policy",
        {"KeyId": "{name}", "PolicyName": "default"}, tags="list_resource_tags", tags_of={"KeyId": "{name}"}, pairs=("TagKey", "TagValue"),
    ),
    Kind(
        "lambda", "function:", "list_functions", "Functions", {"FunctionArn": "{arn}", "FunctionName": "{name}"}, "get_policy",
        {"FunctionName": "{name}"}, tags="list_tags", tags_of={"Resource": "{arn}"}, pairs=(),
    ),
    Kind(
        "secretsmanager", "secret:", "list_secrets", "SecretList", {"ARN": "{arn}", "Name": "{name}"}, "get_resource_policy",
        {"SecretId": "{arn}"}, "ResourcePolicy",
    ),
    Kind(
        "ecr", "repository/", "describe_repositories", "repositories", {"repositoryArn": "{arn}", "repositoryName": "{name}"},
        "get_repository_policy", {"repositoryName": "{name}"}, "policyText", tags="list_tags_for_resource",
        tags_of={"resourceArn": "{arn}"}, tagged="tags",
    ),
    Kind(
        "dynamodb", "table/", "list_tables", "TableNames", {"": "{name}"}, "get_resource_policy", {"ResourceArn": "{arn}"},
        tags="list_tags_of_resource", tags_of={"ResourceArn": "{arn}"},
    ),
    Kind("events", "event-bus/", "list_event_buses", "EventBuses", {"Arn": "{arn}", "Name": "{name}"}),
    Kind(
        "efs", "file-system/", "describe_file_systems", "FileSystems", {"FileSystemArn": "{arn}", "FileSystemId": "{name}"},
        "describe_file_system_policy", {"FileSystemId": "{name}"},
    ),
    Kind(
        "kinesis", "stream/", "list_streams", "StreamSummaries", {"StreamARN": "{arn}", "StreamName": "{name}"}, "get_resource_policy",
        {"ResourceARN": "{arn}"},
    ),
    Kind(
        "backup", "backup-vault:", "list_backup_vaults", "BackupVaultList", {"BackupVaultArn": "{arn}", "BackupVaultName": "{name}"},
        "get_backup_vault_access_policy", {"BackupVaultName": "{name}"},
    ),
)  # fmt: skip
_OF_ARNS = {"efs": "elasticfilesystem"}  # the service as ARNs name it, where the snapshot names it otherwise


def kind_of(arn: Arn) -> Kind | None:
    """The kind of the resource with this ARN, or None for what is not written here."""
    for kind in KINDS:
        name = arn.resource.removeprefix(kind.prefix)
        if arn.service == _OF_ARNS.get(kind.service, kind.service) and arn.resource.startswith(kind.prefix) and name and "*" not in name:
            return None if kind.service == "lambda" and ":" in name else kind
    return None


def put_resource(book: Book, text: str, given: Given, unknown: str) -> bool:
    """Writes what is given of the resource with this ARN; False when nothing of its kind is written here.

    Keys of `given`: `Policy`, `Tags` (a mapping), and fields of the listing's entry under `entry`.
    """
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    entry = _entry_of(sheet, kind, words, unknown)
    if isinstance(entry, dict):
        entry.update(given.get("entry", {}))
    if "Policy" in given:
        _put_policy(sheet, kind, words, entry, given["Policy"], unknown)
    if "Tags" in given:
        _put_tags(sheet, kind, words, entry, given["Tags"], unknown)
    if kind.service == "dynamodb" and given.get("SSEDescription", UNREAD) is not UNREAD:
        sse = {"SSEDescription": given["SSEDescription"]} if given["SSEDescription"] else {}
        sheet.ok("describe_table", {"TableName": words["name"]}, {"Table": {"TableArn": text, "TableName": words["name"], **sse}})
    if kind.service == "kms" and "KeyMetadata" in given:
        sheet.ok("describe_key", {"KeyId": words["name"]}, {"KeyMetadata": {"Arn": text, "KeyId": words["name"], **given["KeyMetadata"]}})
    return True


def remove_resource(book: Book, text: str) -> bool:
    """Takes the resource out of its listing; False when it was not there. `Sheet.complete` forgets the rest."""
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    answer = sheet.answer(kind.listing)
    listed = answer.get(kind.key, []) if answer else []
    kept = [each for each in listed if not _is(each, kind, words)]
    if answer is None or len(kept) == len(listed):
        return False
    answer[kind.key] = kept
    sheet.is_changed = True
    return True


def is_listed(book: Book, text: str) -> bool:
    """Whether the resource is there."""
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    return any(_is(each, kind, words) for each in (sheet.answer(kind.listing) or {}).get(kind.key, []))


def _found(book: Book, text: str) -> tuple[Kind, Sheet, dict[str, str]] | None:
    arn = parse_arn(text)
    kind = kind_of(arn) if arn else None
    if arn is None or kind is None or not arn.account:
        return None
    words = {"arn": text, "name": arn.resource.removeprefix(kind.prefix), "account": arn.account, "region": arn.region}
    return kind, book.at(arn.account, kind.service, arn.region or GLOBAL), words


def _is(entry: Any, kind: Kind, words: Mapping[str, str]) -> bool:
    """Whether an entry of a listing is the resource: by the one field that names it whole."""
    if not isinstance(entry, Mapping):
        ends = "/" + words["name"] if kind.service == "sqs" else words["name"]
        return str(entry).endswith(ends) if kind.service == "sqs" else str(entry) == ends
    name = next(iter(kind.entry))
    return bool(entry.get(name) == _fill(kind.entry[name], words))


def _entry_of(sheet: Sheet, kind: Kind, words: Mapping[str, str], unknown: str) -> Any:
    entries = sheet.entries(kind.listing, kind.key, unknown)
    for entry in entries:
        if _is(entry, kind, words):
            return entry
    made: Any = _fill(kind.entry.get("", kind.entry), words)
    entries.append(made)
    return made


def _put_policy(sheet: Sheet, kind: Kind, words: Mapping[str, str], entry: Any, policy: Any, unknown: str) -> None:
    if not kind.policy:
        # a document that is no JSON would be a malformed policy: an entry has no word for "not read", so an unread one is given as such
        entry.pop("Policy", None) if policy is None else entry.__setitem__(
            "Policy", UNREADABLE if policy is UNREAD else document_text(policy)
        )
        return
    parameters = _fill(kind.of, words)
    if policy is UNREAD:
        sheet.ended(Outcome.NOT_TRIED, kind.policy, parameters, unknown)
        return
    before = sheet.answer(kind.policy, parameters)
    answer = before if before is not None else _fill(kind.always or {}, words)
    _set(answer, kind.document, None if policy is None else document_text(policy))
    if policy is None and kind.always is None:
        sheet.ended(Outcome.EMPTY, kind.policy, parameters)
    else:
        sheet.ok(kind.policy, parameters, answer)


UNREADABLE = "not known before it is deployed"


def _put_tags(sheet: Sheet, kind: Kind, words: Mapping[str, str], entry: Any, tags: Any, unknown: str) -> None:
    if not kind.tags:
        if isinstance(entry, dict) and tags is not UNREAD:
            entry["Tags"] = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        return
    parameters = _fill(kind.tags_of, words)
    if tags is UNREAD:
        sheet.ended(Outcome.NOT_TRIED, kind.tags, parameters, unknown)
    elif not tags:
        sheet.ended(Outcome.EMPTY, kind.tags, parameters)
    else:
        named = kind.pairs
        written = [{named[0]: key, named[1]: value} for key, value in tags.items()] if named else dict(tags)
        sheet.ok(kind.tags, parameters, {kind.tagged: written})


def _set(answer: dict[str, Any], path: str, value: str | None) -> None:
    *above, last = path.split(".")
    for name in above:
        answer = answer.setdefault(name, {})
    if value is None:
        answer.pop(last, None)
    else:
        answer[last] = value


def _fill(pattern: Any, words: Mapping[str, str]) -> Any:
    if isinstance(pattern, str):
        return pattern.format_map(words)
    if isinstance(pattern, Mapping):
        return {key: _fill(value, words) for key, value in pattern.items()}
    return pattern
