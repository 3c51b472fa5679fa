"""Amazon Resource Names, taken apart once.

Source: IAM User Guide, "Amazon Resource Names (ARNs)".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Arn:
    """The six parts of an ARN; `resource` keeps every colon and slash after the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


@lru_cache(maxsize=65536)
def parse_arn(text: str) -> Arn | None:
    """The parts of `text`, or None when it is not a six-part ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def partition_of_region(region: str) -> str:
    """The partition of a region, for what names its region and not its partition."""
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"), ("us-iso", "aws-iso")):
        if region.startswith(prefix):
            return "aws-iso-b" if region.startswith("us-isob-") else partition
    return "aws"


def is_account_id(text: str) -> bool:
    """Whether `text` is a 12-digit AWS account id."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def account_of(text: str) -> str | None:
    """The account in an ARN, or None where the ARN carries none (S3) or it is not an ARN."""
    arn = parse_arn(text)
    return arn.account if arn and is_account_id(arn.account) else None


def short_name(arn: str) -> str:
    """The last name in an ARN: a role without its path, a table without its type."""
    parsed = parse_arn(arn)
    if parsed is None:
        return arn
    tail = parsed.resource
    if parsed.service == "s3":
        return tail
    return tail.rsplit("/", 1)[-1].rsplit(":", 1)[-1] or tail
