"""Glue: what is asked of a table is asked of its database and of the catalog as well.

One policy speaks for the whole catalog of an account and Region. Lake Formation may restrict further; it is not evaluated.

Source: Glue Developer Guide, "Specifying AWS Glue resource ARNs".
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.policy.factors import Request

from ._rules import Need, Rules

_IN_A_DATABASE = ("table", "tableVersion", "userDefinedFunction")


def _also(request: Request) -> tuple[Need, ...]:
    return tuple(Need(request.action, arn, shares_policy=True, one_request=True) for arn in _above(request.target.arn))


def catalog_of(text: str) -> str:
    """The catalog that a table, a function or a database is in: one policy speaks for all of it."""
    arn = parse_arn(text)
    if arn is None or arn.resource.partition("/")[0] not in (*_IN_A_DATABASE, "database"):
        return text
    return f"arn:{arn.partition}:glue:{arn.region}:{arn.account}:catalog"


def _above(text: str) -> Iterator[str]:
    """The ARNs above a table, a function or a database."""
    arn = parse_arn(text)
    if arn is None:
        return
    kind, _, rest = arn.resource.partition("/")
    home = f"arn:{arn.partition}:glue:{arn.region}:{arn.account}"
    if kind in _IN_A_DATABASE:
        yield f"{home}:database/{rest.split('/')[0]}"
    if kind in (*_IN_A_DATABASE, "database"):
        yield f"{home}:catalog"


GLUE = Rules(
    "glue",
    also=_also,
    holder=catalog_of,
    description="what is asked of a table or function is asked of its database and of the catalog as well; Lake Formation is not evaluated",
)
