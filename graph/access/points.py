"""The other names of a bucket: the S3 access points that lead to it, which a question about the bucket is about as well (R6.34).

Source: S3 User Guide, "Managing access to shared datasets with access points", "Configuring IAM policies for using access points".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from xgraph.graph.model import reference
from xgraph.graph.model.arn import account_of, is_account_id
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.condition import Entry

from .attach import compiled

POINTS = frozenset(("accesspoint", "multiregionaccesspoint"))
_KEYS = ("s3:dataaccesspointaccount", "s3:dataaccesspointarn")
_SETTLED = (Outcome.OK, Outcome.EMPTY, Outcome.ABSENT)


class Points:
    """The access points of an estate by the bucket behind them, and those of other accounts that a bucket's policy speaks of."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._known = _by_bucket(estate)
        self._foreign: dict[str, tuple[str, ...]] = {}
        self._buckets: Mapping[str, tuple[str, ...]] | None = None

    def names(self, node: str) -> tuple[str, ...]:
        """A bucket, or an object of one, by the names that it has through each access point; none for anything else."""
        head, mark, name = node.partition(":s3:::")
        bucket, slash, key = name.partition("/")
        if not mark or not bucket or "*" in bucket or "?" in bucket:
            return ()
        points = (*self._known.get(bucket, ()), *(_any_of(head, account) for account in self.foreign(f"{head}:s3:::{bucket}")))
        return tuple(f"{point}/object/{key}" if slash else point for point in points)

    def foreign(self, bucket: str) -> tuple[str, ...]:
        """The accounts whose access points the policy of a bucket speaks of, and whose access points were not all collected."""
        if bucket not in self._foreign:
            self._foreign[bucket] = tuple(sorted(account for account in self._spoken_of(bucket) if not self._is_listed(account)))
        return self._foreign[bucket]

    def behind(self, account: str) -> tuple[str, ...]:
        """The buckets that access points of an account which were not collected may lead to."""
        if self._buckets is None:
            found: dict[str, list[str]] = defaultdict(list)
            for arn in sorted(self._estate.resources):
                for one in self.foreign(arn) if ":s3:::" in arn else ():
                    found[one].append(arn)
            self._buckets = {one: tuple(arns) for one, arns in found.items()}
        return self._buckets.get(account, ())

    def _spoken_of(self, bucket: str) -> set[str]:
        resource = self._estate.resources.get(bucket)
        text = resource.policy.document if resource is not None and resource.policy is not None else None
        if resource is None or resource.policy is None or text is None or "dataaccesspoint" not in text.lower():
            return set()
        policy = compiled(resource.policy)
        entries = [entry for statement in (policy.statements if policy else ()) for entry in statement.conditions]
        return {account for entry in entries for account in _accounts(entry)}

    def _is_listed(self, account: str) -> bool:
        known = self._estate.accounts.get(account)
        if known is None or not known.is_collected:
            return False
        return not any(
            one.account == account and one.service == "s3control" and one.outcome not in _SETTLED and one.call.startswith("list")
            for one in self._estate.outcomes
        )


def goes_through(point: str, action: str) -> bool:
    """Whether the action can be done through an access point to what it leads to; one that is not known may be."""
    if "accesspoint" in action.lower():
        return False
    if not reference.is_known_action(action):
        return True
    kind = "accesspointobject" if "/object/" in point else "accesspoint"
    return reference.spelled(action) in _actions_on(kind)


def _actions_on(kind: str) -> frozenset[str]:
    return frozenset(name for name, _ in reference.actions_on("s3", kind))


def _by_bucket(estate: Estate) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for arn in sorted(arn for arn in estate.resources if ":accesspoint/" in arn):
        resource = estate.resources[arn]
        if resource.type in POINTS:
            for bucket in sorted(set(_buckets_of(resource.settings.get("AccessPoint") or {}))):
                found[bucket].append(arn)
    return {bucket: tuple(arns) for bucket, arns in found.items()}


def _buckets_of(point: Mapping[str, object]) -> Iterator[str]:
    """The buckets that an access point leads to: one, or those among which a multi-Region one chooses."""
    bucket, several = point.get("Bucket"), point.get("Buckets")
    if isinstance(bucket, Mapping) and bucket.get("name"):
        yield str(bucket["name"])
    if isinstance(several, (list, tuple)):
        yield from map(str, several)


def _any_of(head: str, account: str) -> str:
    """Any access point of an account, as a pattern."""
    return f"{head}:s3:*:{account}:accesspoint/*"


def _accounts(entry: Entry) -> Iterator[str]:
    if entry.key in _KEYS:
        for template in entry.templates:
            account = template.text if entry.key == _KEYS[0] else account_of(template.text)
            if account and is_account_id(account):
                yield account
