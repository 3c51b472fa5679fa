"""Amazon Lex V2: bots and their aliases with their policies.

https://docs.aws.amazon.com/lexv2/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, both, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_BOT = Kind(
    "lex",
    "bot",
    "list_bots",
    "botSummaries",
    "arn:{partition}:lex:{region}:{account}:bot/{botId}",
    policy="describe_resource_policy",
    of={"resourceArn": "{arn}"},
    document="policy",
)
_ALIAS = Kind(
    "lex",
    "bot alias",
    "list_bot_aliases",
    "botAliasSummaries",
    "arn:{partition}:lex:{region}:{account}:bot-alias/{botId}/{botAliasId}",
    policy="describe_resource_policy",
    of={"resourceArn": "{arn}"},
    document="policy",
)

LEXV2_MODELS = Service(
    name="lexv2-models",
    description="Bots and bot aliases with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_bots", ("lex:ListBots",)),
        Call("list_bot_aliases", ("lex:ListBotAliases",), _BOT.each(botId="{botId}")),
        Call(
            "describe_resource_policy",
            ("lex:DescribeResourcePolicy",),
            both(_BOT.each_policy, _ALIAS.each_policy),
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_BOT, _ALIAS),
)
