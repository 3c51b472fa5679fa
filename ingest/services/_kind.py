"""Resources of one kind, read in the way that most services answer: one call lists them, one tells the policy of each.

A service whose answers have another shape writes its own `normalize`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.document import Policy
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers, Unread
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._service import Asked, Parameters

Answer = dict[str, Any]
Tags = tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How a service's answers tell of its resources.

    `service` is the prefix of its actions, `type` the name of the resource type in the service authorization reference. `listing` is
    the call, and `key` the list in its answer (a path with dots). `arn` is a pattern of the entry's fields, such as
    `arn:{partition}:ecr:{region}:{account}:repository/{repositoryName}`; an entry that is text is `{item}`. `policy` is the call that
    tells the policy, `of` its parameters as patterns, `document` where its answer has it; without `policy`, the entry itself has the
    document there. `tags`, `tags_of` and `tagged` say the same of tags. `settings`: name → field of the entry, `defaults` what it
    says by leaving a field out. `such`: the entries that are meant.
    """

    service: str
    type: str
    listing: str
    key: str
    arn: str
    policy: str = ""
    of: Mapping[str, str] = field(default_factory=dict)
    document: str = "Policy"
    tags: str = ""
    tags_of: Mapping[str, str] = field(default_factory=dict)
    tagged: str = "Tags"
    settings: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    such: Callable[[Answer], bool] = lambda _: True

    def each(self, **patterns: str) -> Callable[[Asked], Iterable[Parameters]]:
        """The parameters of a call that is made for each resource."""

        def parameters(asked: Asked) -> Iterable[Parameters]:
            for request, answer in asked.answers.get(self.listing, ()):
                for entry in filter(self.such, _entries(answer, self.key)):
                    yield _filled(patterns, _fields(entry, request, asked.account, asked.region, self.arn))

        return parameters

    @property
    def each_policy(self) -> Callable[[Asked], Iterable[Parameters]]:
        """The parameters of the calls that tell policies."""
        return self.each(**self.of)

    @property
    def each_tags(self) -> Callable[[Asked], Iterable[Parameters]]:
        """The parameters of the calls that tell tags."""
        return self.each(**self.tags_of)

    def found(self, answers: Answers) -> tuple[Resource, ...]:
        """The resources that the answers tell of."""
        return tuple(self._resource(answers, fields) for _, fields in self.entries(answers))

    def entries(self, answers: Answers) -> Iterator[tuple[str, Answer]]:
        """The entries with their ARN, and what patterns may name of them."""
        for request, answer in answers.all(self.listing, Answer):
            for entry in filter(self.such, _entries(answer, self.key)):
                fields = _fields(entry, request, answers.account, answers.place.region, self.arn)
                yield fields["arn"], fields

    def _resource(self, answers: Answers, fields: Mapping[str, Any]) -> Resource:
        arn = fields["arn"]
        return Resource(
            arn=arn,
            account=answers.account,
            service=self.service,
            type=self.type,
            region="" if answers.place.region == "global" else answers.place.region,
            policy=self._policy(answers, arn, fields),
            tags=self._tags(answers, fields),
            settings={name: self._setting(name, at_path(fields, source)) for name, source in self.settings.items()},
        )

    def _setting(self, name: str, value: object) -> object:
        return self.defaults.get(name) if value is None else value

    def _policy(self, answers: Answers, arn: str, fields: Mapping[str, Any]) -> Policy | None:
        if not self.policy:
            return resource_policy(answers.documents, arn, at_path(fields, self.document))
        answer = answers.one(self.policy, Answer, **_filled(self.of, fields))
        return resource_policy(answers.documents, arn, answer if answer is UNREAD or answer is None else at_path(answer, self.document))

    def _tags(self, answers: Answers, fields: Mapping[str, Any]) -> Tags:
        if not self.tags:
            return read_tags(fields.get(self.tagged, ())) if self.tagged in fields else None
        answer = answers.one(self.tags, Answer, **_filled(self.tags_of, fields))
        return None if answer is UNREAD else read_tags(at_path(answer, self.tagged) if answer else ())


def both(*several: Callable[[Asked], Iterable[Parameters]]) -> Callable[[Asked], Iterable[Parameters]]:
    """The parameters of a call that is made for resources of several kinds."""
    return lambda asked: (parameters for each in several for parameters in each(asked))


def normalize_kinds(*kinds: Kind) -> Callable[[Answers], Found]:
    """What a service of these kinds alone tells."""
    return lambda answers: Found(resources=tuple(resource for kind in kinds for resource in kind.found(answers)))


def resource_policy(documents: Documents, arn: str, document: object) -> Policy | None:
    """The policy of a resource: UNREAD is one that was not read, null or empty text none at all."""
    if document is UNREAD:
        return Policy(f"{arn}#resource-policy", None)
    if not document:
        return None
    return Policy(f"{arn}#resource-policy", documents.keep(_text(document)))


def pooled_policy(documents: Documents, arn: str, several: Iterable[object]) -> Policy | None:
    """Several documents that speak for one resource, as one: each statement as it was written. UNREAD among them: not read."""
    found = [document for document in several if document]
    if UNREAD in found or len(found) < 2:
        return resource_policy(documents, arn, UNREAD if UNREAD in found else found[0] if found else None)
    try:
        read = [msgspec.json.decode(_text(document), type=_Document) for document in found]
    except msgspec.DecodeError:
        return resource_policy(documents, arn, " ".join(map(_text, found)))  # no policy: whoever reads it says so
    statements = [statement for one in read for statement in (one.statement if isinstance(one.statement, list) else [one.statement])]
    return resource_policy(documents, arn, {"Version": read[0].version, "Statement": statements})


class _Document(msgspec.Struct, rename="pascal"):
    version: str = "2008-10-17"
    statement: list[Answer] | Answer = []


def _text(document: object) -> str:
    """A document as text: most services give text, a few an object or bytes."""
    if isinstance(document, str):
        return document
    return msgspec.json.encode(document).decode()


def read_tags(tags: object) -> Tags:
    """Tags in AWS's shapes: a list of keys and values, however these are spelled, or an object."""
    if isinstance(tags, Mapping):
        return tuple(sorted((str(key), str(value)) for key, value in tags.items()))
    if not isinstance(tags, list | tuple):
        return None
    pairs = []
    for tag in tags:
        named = {str(name).lower().removeprefix("tag"): value for name, value in tag.items()} if isinstance(tag, Mapping) else {}
        if "key" in named:
            pairs.append((str(named["key"]), str(named.get("value") or "")))
    return tuple(pairs)


def _entries(answer: Mapping[str, Any], path: str) -> Iterable[Answer]:
    """The entries of a list in an answer; one that is text is the field `item`."""
    found = at_path(answer, path) if path else [answer]
    for entry in found if isinstance(found, list | tuple) else [found] if isinstance(found, Mapping) else ():
        yield dict(entry) if isinstance(entry, Mapping) else {"item": str(entry)}


def _fields(entry: Answer, request: Parameters, account: str, region: str, arn: str) -> Answer:
    """What patterns may name: the entry's fields, the parameters it was asked with, where it is, and its own ARN."""
    fields = {**request, **entry, "account": account, "region": region, "partition": partition_of_region(region)}
    return {**fields, "arn": _fill(arn, fields)}


def _filled(patterns: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: _fill(pattern, fields) for name, pattern in patterns.items()}


class _Formatter(string.Formatter):
    """Fills in names and nothing else: a field that is missing is empty."""

    def get_field(self, field_name: str, _args: Any, kwargs: Any) -> Any:
        return str(at_path(kwargs, field_name) or ""), field_name


def _fill(pattern: str, fields: Mapping[str, Any]) -> str:
    return _Formatter().vformat(pattern, (), fields)


def at_path(answer: Mapping[str, Any], path: str) -> Any:
    """The value at a path with dots; None where there is nothing."""
    if path in answer:
        return answer[path]
    found: Any = answer
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


__all__ = ["Answer", "Kind", "Unread", "at_path", "both", "normalize_kinds", "pooled_policy", "read_tags", "resource_policy"]
