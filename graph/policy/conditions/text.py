"""String and ARN operators: everything that a pattern automaton decides.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", string and ARN operators (R3.3, R3.4).
"""

from __future__ import annotations

from xgraph.graph.policy.glob import WILDCARDS, Pattern, Tokens, arn_tokens

from ._operator import Operator


def _exact(tokens: Tokens) -> Pattern:
    return Pattern(tokens)


def _folded(tokens: Tokens) -> Pattern:
    return Pattern(tuple(token if token in WILDCARDS else token.casefold() for token in tokens), folded=True)


def _arn(tokens: Tokens) -> Pattern | None:
    bound = arn_tokens(tokens)
    return Pattern(bound) if bound is not None else None


def _matches(value: str, pattern: Pattern) -> bool:
    return pattern.matches(value)


def _matches_arn(value: str, pattern: Pattern) -> bool:
    return value.startswith("arn:") and pattern.matches(value)


TEXT = (
    Operator("StringEquals", "StringEquals", "text", _exact, _matches, variables=True),
    Operator("StringNotEquals", "StringEquals", "text", _exact, _matches, variables=True, is_negated=True),
    Operator("StringEqualsIgnoreCase", "StringEqualsIgnoreCase", "text", _folded, _matches, variables=True),
    Operator("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase", "text", _folded, _matches, variables=True, is_negated=True),
    Operator("StringLike", "StringLike", "text", _exact, _matches, wildcards=True, variables=True),
    Operator("StringNotLike", "StringLike", "text", _exact, _matches, wildcards=True, variables=True, is_negated=True),
    Operator("ArnEquals", "ArnLike", "text", _arn, _matches_arn, wildcards=True, variables=True),
    Operator("ArnLike", "ArnLike", "text", _arn, _matches_arn, wildcards=True, variables=True),
    Operator("ArnNotEquals", "ArnLike", "text", _arn, _matches_arn, wildcards=True, variables=True, is_negated=True),
    Operator("ArnNotLike", "ArnLike", "text", _arn, _matches_arn, wildcards=True, variables=True, is_negated=True),
)
