"""The KMS key that data is under, as services name it."""

from __future__ import annotations

from xgraph.graph.model.arn import partition_of_region


def key_named(text: str, service: str, region: str, account: str) -> str:
    """`aws/SERVICE` for the AWS managed key, else the ARN of a key or an alias; "" for none.

    AWS answers with a key's id, its ARN, an alias, or an alias's ARN, whichever the owner wrote.
    """
    if not text or text == f"aws/{service}":
        return text
    if text.endswith(f"alias/aws/{service}"):
        return f"aws/{service}"
    if text.startswith("arn:"):
        return text
    name = text if text.startswith("alias/") else f"key/{text}"
    return f"arn:{partition_of_region(region)}:kms:{region}:{account}:{name}"
