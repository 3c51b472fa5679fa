"""All pages of a call as one answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import PaginationError

from xgraph.ingest.snapshot.encoding import compact

# What a page says about itself and not about the account.
_OF_PAGES = frozenset(
    {
        "ContinuationToken",
        "IsTruncated",
        "LastEvaluatedBackupArn",
        "LastEvaluatedTableName",
        "LastEvaluatedStreamArn",
        "Marker",
        "NextContinuationToken",
        "NextMarker",
        "NextToken",
        "ResponseMetadata",
        "Truncated",
        "nextMarker",
        "nextToken",
        "position",
    }
)

# Names of a token in the request and in the answer, for the many calls that have pages and no paginator in botocore.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "NextMarker"),
    ("Marker", "Marker"),
    ("marker", "nextMarker"),
    ("position", "position"),
    ("ContinuationToken", "NextContinuationToken"),
)


def pages(client: Any, operation: str, parameters: Mapping[str, Any], page_size: int | None = None) -> Iterator[Mapping[str, Any]]:
    """The pages of an answer, one for a call that has none. Raises PaginationError when a token comes twice in a row."""
    if client.can_paginate(operation):
        size = {"PaginationConfig": {"PageSize": page_size}} if page_size else {}
        yield from client.get_paginator(operation).paginate(**parameters, **size)
        return
    tokens = _tokens(client, operation)
    token: str | None = None
    while True:
        page = getattr(client, operation)(**parameters, **({tokens[0]: token} if tokens and token else {}))
        yield page
        following = page.get(tokens[1]) if tokens else None
        if not following:
            return
        if following == token:
            raise PaginationError(message=f"the same page follows itself: {token}")
        token = following


def _tokens(client: Any, operation: str) -> tuple[str, str] | None:
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    given = model.input_shape.members if model.input_shape else {}
    answered = model.output_shape.members if model.output_shape else {}
    return next(((one, other) for one, other in _TOKENS if one in given and other in answered), None)


def merge(several: Iterable[Mapping[str, Any]], most: int = 0) -> dict[str, Any]:
    """All pages as one answer: lists joined, each entry once however often later pages repeat it, the rest from the first page.

    Reads no further page when there are `most` entries, and keeps no more.
    """
    merged: dict[str, Any] = {}
    seen: dict[str, set[str]] = {}
    for page in several:
        for key, value in page.items():
            if key in _OF_PAGES:
                continue
            if key not in merged:
                merged[key] = list(value) if isinstance(value, list) else value
            elif isinstance(value, list):
                _join(merged[key], value, seen.setdefault(key, set()))
            elif isinstance(value, Mapping):
                merged[key] = _joined(merged[key], value)
        if most and sum(len(value) for value in merged.values() if isinstance(value, list)) >= most:
            return {key: value[:most] if isinstance(value, list) else value for key, value in merged.items()}
    return merged


def _join(entries: list[Any], more: list[Any], known: set[str]) -> None:
    if not known:
        known.update(compact(each) for each in entries)
    for each in more:
        text = compact(each)
        if text not in known:
            known.add(text)
            entries.append(each)


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two objects that pages have split between them: API Gateway's and Kinesis's answers are lists inside an object."""
    return merge((one, other))
