"""From configuration items of AWS Config, of a snapshot or of a query, to a snapshot like the collector's.

https://docs.aws.amazon.com/config/latest/developerguide/example-s3-snapshot.html
https://docs.aws.amazon.com/config/latest/APIReference/API_SelectAggregateResourceConfig.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import paused_garbage_collector
from xgraph.ingest.imports._book import Book
from xgraph.ingest.imports._buckets import put_account_block, put_bucket
from xgraph.ingest.imports._config_types import account_block, bucket_of, identity_of, json_inside, resource_of
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._identities import LISTS
from xgraph.ingest.imports._kinds import KINDS, put_resource
from xgraph.ingest.imports._organization import put_organization
from xgraph.ingest.imports._source import Source, files_in, read, shaped
from xgraph.ingest.services.iam import DETAILS
from xgraph.ingest.snapshot.layout import EVERY_REGION, SnapshotError, printable
from xgraph.ingest.snapshot.store import SnapshotWriter

NOT_GIVEN = "not in the items of AWS Config"
_HOLDERS = ("configurationItems", "BaseConfigurationItems", "Results")
_IAM = {"AWS::IAM::User": "user", "AWS::IAM::Group": "group", "AWS::IAM::Role": "role", "AWS::IAM::Policy": "policy"}
_BUCKET, _BLOCK = "AWS::S3::Bucket", "AWS::S3::AccountPublicAccessBlock"
Item = dict[str, Any]


def import_config(
    files: tuple[Path, ...],
    out: Path,
    *,
    organization: Path | None = None,
    states_no_organization: bool = False,
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes a snapshot to `out` from files of AWS Config; a folder stands for every `*.json` and `*.json.gz` below it.

    Of an item that several files hold the youngest counts. Raises SnapshotError, in one sentence that names file and place, when a
    file can't be used; nothing is written then.
    """
    with SnapshotWriter(out, name=name, force=force) as writer, paused_garbage_collector():
        sentences = list(put_organization(writer, organization, states_none=states_no_organization, missing=NOT_GIVEN))
        book, unused = Book(), Counter[str]()
        for item in _youngest(files_in(files, "*.json*")):
            with shaped(f"{item['place']} (`{item['resourceType']}`)"):
                _put(book, item, unused)
        for account in sorted({place.account for place in book.places()}):
            sentences += _complete(book, account)
        book.write(writer)
        sentences += [f"{count} items of type `{kind}` not used" for kind, count in sorted(unused.items())]
        made = writer.finish()
        return Imported(made, tuple(sorted(writer.accounts)), tuple(writer.coverage), tuple(map(printable, sentences)))


def _youngest(paths: Iterable[Path]) -> Iterator[Item]:
    """Each thing once, as it was last; what was deleted is not there."""
    found: dict[tuple[str, str, str], Item] = {}
    for path in paths:
        for item in _items(read(path)):
            key = (str(item["account"]), str(item["resourceType"]), str(item.get("ARN") or item.get("resourceId") or ""))
            before = found.get(key)
            if before is None or str(before.get("configurationItemCaptureTime", "")) <= str(item.get("configurationItemCaptureTime", "")):
                found[key] = item
    gone = {"ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"}
    return (item for item in found.values() if item.get("configurationItemStatus") not in gone)


def _items(source: Source) -> Iterator[Item]:
    value = source.value()
    held = next((value[key] for key in _HOLDERS if isinstance(value, Mapping) and key in value), value if isinstance(value, list) else None)
    if not isinstance(held, list):
        raise SnapshotError(f"`{source.path}` is not of AWS Config: it has none of {', '.join(_HOLDERS)}")
    for number, written in enumerate(held):
        item = json_inside(written)
        place = f"`{source.path}`: item {number}"
        if not isinstance(item, dict):
            raise SnapshotError(f"{place} is not an object")
        item = {**item, **{name: json_inside(item[name]) for name in ("configuration", "supplementaryConfiguration") if name in item}}
        item["ARN"] = item.get("ARN") or item.get("arn") or ""
        arn = parse_arn(str(item["ARN"]))
        item["account"] = item.get("awsAccountId") or item.get("accountId") or (arn.account if arn else "")
        if not isinstance(item.get("resourceType"), str):
            raise SnapshotError(f"{place} has no `resourceType`")
        if not is_account_id(str(item["account"])):
            raise SnapshotError(f"{place} does not tell its account: neither `awsAccountId`, `accountId` nor an ARN with one")
        yield {**item, "place": place}


def _put(book: Book, item: Item, unused: Counter[str]) -> None:
    kind, account = item["resourceType"], str(item["account"])
    if kind in _IAM:
        entry = identity_of(_IAM[kind], item)
        sheet = book.at(account, "iam")
        if sheet.answer(DETAILS) is None:
            sheet.ok(DETAILS, {}, {each: [] for each in LISTS.values()})
        (sheet.answer(DETAILS) or {})[LISTS[_IAM[kind]]].append(entry)
        return
    if kind == _BUCKET:
        put_bucket(book, account, *bucket_of(item), NOT_GIVEN)
    elif kind == _BLOCK:
        put_account_block(book, account, account_block(item), NOT_GIVEN)
    else:
        found = resource_of(item)
        if found is None or not put_resource(book, *found, NOT_GIVEN):
            unused[kind] += 1


def _complete(book: Book, account: str) -> list[str]:
    """Notes what Config does not tell, and gives sentences on what it is likely to tell and didn't."""
    sentences = []
    told: defaultdict[str, set[str]] = defaultdict(set)
    for place in book.places():
        if place.account == account:
            sheet = book.at(account, place.service, place.region)
            for kind in KINDS:  # a type that is recorded in a region is recorded whole
                if kind.service == place.service and (answer := sheet.answer(kind.listing)):
                    sheet.ok(kind.listing, {}, answer)
            told[place.service].add(place.region)
    identities = book.at(account, "iam")
    answer = identities.answer(DETAILS) or {}
    for word in ("role", "user", "group", "policy"):
        if not answer.get(LISTS[word]):
            identities.ended(Outcome.NOT_TRIED, f"list_{word.replace('policy', 'policie')}s", {}, NOT_GIVEN)
            sentences.append(f"account `{account}` has no item of type `AWS::IAM::{word.title()}`: whether it has any is not known")
    for place in [place for place in book.places() if place.account == account]:
        book.at(account, place.service, place.region).complete(NOT_GIVEN)
    if "s3" not in told:
        book.at(account, "s3").complete(NOT_GIVEN)
    for each in KINDS:
        if each.service not in told:
            book.at(account, each.service, EVERY_REGION).ended(Outcome.NOT_TRIED, each.listing, {}, NOT_GIVEN)
    return sentences
