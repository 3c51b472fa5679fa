"""Buckets as the answers that S3 would give. What is said of one is a mapping as in `_kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._book import Book, Sheet
from xgraph.ingest.imports._source import document_text
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services.s3 import ACCOUNT_BLOCK

# Key of what is given: the call that tells it, and where its answer has it.
_PARTS = {
    "Policy": ("get_bucket_policy", "Policy"),
    "PublicAccessBlock": ("get_public_access_block", "PublicAccessBlockConfiguration"),
    "OwnershipControls": ("get_bucket_ownership_controls", "OwnershipControls"),
    "Encryption": ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "Tags": ("get_bucket_tagging", "TagSet"),
}


def put_bucket(book: Book, account: str, name: str, given: Mapping[str, Any], unknown: str) -> None:
    """Writes what is given of a bucket.

    Keys: `Region`, `Policy`, `PublicAccessBlock` (AWS's four), `OwnershipControls` (the word), `Encryption` (AWS's rules), `Tags` (a
    mapping), `Acl` (AWS's answer).
    """
    sheet = book.at(account, "s3")
    at = {"Bucket": name}
    listed = sheet.entries("list_buckets", "Buckets", unknown)
    if not any(each.get("Name") == name for each in listed):
        listed.append({"Name": name})
    if given.get("Region"):
        sheet.ok("get_bucket_location", at, {"LocationConstraint": None if given["Region"] == "us-east-1" else given["Region"]})
    for key, (call, answered) in _PARTS.items():
        if key in given:
            _put(sheet, call, at, answered, _as_answered(key, given[key]), unknown)
    if given.get("Acl") is not None and given["Acl"] is not UNREAD:
        sheet.ok("get_bucket_acl", at, given["Acl"])
    elif "Acl" in given:
        sheet.ended(Outcome.NOT_TRIED, "get_bucket_acl", at, unknown)
    if {"Policy", "PublicAccessBlock"} & given.keys():  # AWS's own verdict on what was there before; it is worked out where it is missing
        sheet.ended(Outcome.NOT_TRIED, "get_bucket_policy_status", at, unknown)


def put_account_block(book: Book, account: str, block: Any, unknown: str) -> None:
    """Writes the account's Block Public Access; None: there is none."""
    _put(book.at(account, "s3"), ACCOUNT_BLOCK, {"AccountId": account}, "PublicAccessBlockConfiguration", block, unknown)


def remove_bucket(book: Book, account: str, name: str) -> bool:
    """Takes a bucket out of the listing; False when it was not there."""
    sheet = book.at(account, "s3")
    answer = sheet.answer("list_buckets")
    listed = answer.get("Buckets", []) if answer else []
    kept = [each for each in listed if each.get("Name") != name]
    if answer is None or len(kept) == len(listed):
        return False
    answer["Buckets"] = kept
    sheet.drop("list_objects", {"Bucket": name})
    return True


def owner_of(book: Book, name: str) -> str | None:
    """The account that has a bucket of this name."""
    for place in book.places():
        if place.service == "s3":
            answer = book.at(place.account, "s3").answer("list_buckets") or {}
            if any(each.get("Name") == name for each in answer.get("Buckets", ())):
                return place.account
    return None


def _put(sheet: Sheet, call: str, parameters: Mapping[str, Any], answered: str, value: Any, unknown: str) -> None:
    if value is UNREAD:
        sheet.ended(Outcome.NOT_TRIED, call, parameters, unknown)
    elif value is None or value in ({}, []):
        sheet.ended(Outcome.EMPTY, call, parameters)
    else:
        sheet.ok(call, parameters, {answered: value})


def _as_answered(key: str, value: Any) -> Any:
    if value is None or value is UNREAD:
        return value
    if key == "Policy":
        return document_text(value)
    if key == "OwnershipControls":
        return {"Rules": [{"ObjectOwnership": value}]}
    if key == "Tags":
        return [{"Key": name, "Value": text} for name, text in value.items()]
    return value
