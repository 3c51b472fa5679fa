"""Policy text to statements, with a Problem for everything that could not be understood.

Nothing is lost: each statement ends as a matcher, as "unreadable" (it may or may not apply), or as one that can never match
with the reason. Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

# INVARIANT (nothing lost)
from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.problem import Problem

from .condition import Entry, make_entry
from .conditions import read_operator
from .flaws import guardrail_flaws, principal_flaws, resource_flaws
from .statement import NOTHING, ActionList, Compiled, PrincipalElement, ResourceList, Statement
from .variables import VERSION_WITH_VARIABLES, resource_template, template

_LONGEST_DOCUMENT = 2_000_000  # characters; AWS's largest policies are 20 KB, more than this is no policy


class Flaw(NamedTuple):
    """A problem before it knows in which policy it stands."""

    code: str
    statement: int | None
    text: str


class _Duplicate(ValueError):
    """A JSON object names the same key twice."""


class _Unreadable(ValueError):
    """An element has a form that the grammar does not know."""


class ParsedText(NamedTuple):
    """What one policy text says, wherever it stands."""

    compiled: Compiled
    flaws: tuple[Flaw, ...]


def problems_in(text: str, policy: str, policy_type: str) -> tuple[Problem, ...]:
    """The problems of one policy text under the name of the policy that holds it."""
    parsed = parse(text)
    own = (Problem(flaw.code, policy, policy_type, flaw.statement, flaw.text) for flaw in parsed.flaws)
    ignored = (
        Problem(code, policy, policy_type, statement.index, sentence)
        for statement in parsed.compiled.statements
        if policy_type in (PolicyType.SCP, PolicyType.RCP)
        for code, sentence in guardrail_flaws(statement, policy_type)
    )
    return (*own, *ignored)


@lru_cache(maxsize=262144)
def parse(text: str) -> ParsedText:
    """The statements of a policy text (JSON, or URL-encoded JSON as IAM returns it)."""
    flaws: list[Flaw] = []
    document = _read(text, flaws)
    if not isinstance(document, dict):
        if not flaws:
            flaws.append(Flaw("L06", None, "not a policy document: the text is no JSON object"))
        return ParsedText(Compiled((), unreadable=True), tuple(flaws))
    version = document.get("Version")
    body = document.get("Statement")
    if body is None and "Effect" in document:
        flaws.append(Flaw("L06", None, "a bare statement is no policy document: wrap it in `Version` and `Statement`"))
        body = document
    if isinstance(body, dict):
        body = [body]
    if not isinstance(body, list):
        flaws.append(Flaw("L06", None, "not a policy document: `Statement` is missing or no list"))
        return ParsedText(Compiled((), unreadable=True), tuple(flaws))
    if version != VERSION_WITH_VARIABLES and "${" in text:
        flaws.append(Flaw("L07", None, f"policy variables need `Version` {VERSION_WITH_VARIABLES}: `${{…}}` is literal text here"))
    statements = [_statement(i, raw, flaws, variables=version == VERSION_WITH_VARIABLES) for i, raw in enumerate(body)]
    kept = tuple(s for s in statements if s is not None)
    return ParsedText(Compiled(kept, unreadable=len(kept) < len(statements)), tuple(flaws))


def _read(text: str, flaws: list[Flaw]) -> Any:
    if len(text) > _LONGEST_DOCUMENT:
        flaws.append(Flaw("L06", None, f"not a policy document: {len(text):,} characters, AWS's limit is far lower"))
        return None
    stripped = text.strip()
    if stripped[:3].lower() == "%7b":
        stripped = unquote(stripped)
    try:
        value = json.loads(stripped, object_pairs_hook=_pairs)
        # A policy that was stored as a JSON string inside JSON.
        return json.loads(value, object_pairs_hook=_pairs) if isinstance(value, str) else value
    except _Duplicate as error:
        flaws.append(Flaw("L06", None, f"not a policy document: the key `{error}` stands twice in one object"))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        flaws.append(Flaw("L06", None, f"not a policy document: {reason}"))
    return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise _Duplicate(key)
        out[key] = value
    return out


_ELEMENTS = frozenset(
    ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"),
)


def _statement(index: int, raw: Any, flaws: list[Flaw], *, variables: bool) -> Statement | None:
    """One statement; None when not even its effect can be told."""
    if not isinstance(raw, dict) or raw.get("Effect") not in ("Allow", "Deny"):
        flaws.append(Flaw("L06", index, "not a statement: `Effect` is neither `Allow` nor `Deny`"))
        return None
    allows = raw["Effect"] == "Allow"
    sid = raw["Sid"] if isinstance(raw.get("Sid"), str) else None
    try:
        unknown = sorted(set(raw) - _ELEMENTS)
        if unknown:
            raise _Unreadable(f"unknown element `{unknown[0]}`")
        actions = _actions(raw)
        resources = _resources(raw, variables=variables)
        principal = _principal(raw)
        if isinstance(raw.get("Principal"), (str, list)) and raw["Principal"] != "*":
            flaws.append(Flaw("L06", index, 'a bare text is no `Principal`: AWS wants an object such as {"AWS": …}; read as AWS'))
        conditions, is_known = _conditions(raw.get("Condition", {}), index, flaws, variables=variables)
    except _Unreadable as error:
        flaws.append(Flaw("L06", index, f"statement can't be understood: {error}"))
        nothing = ActionList((), negated=True)
        return Statement(index, sid, allows, nothing, None, None, (), unreadable=True)
    _look(index, raw, actions, resources, principal, flaws)
    if not is_known:
        actions = ActionList((), negated=False)  # U-09: an unknown operator never matches
    keys = _kept(k for named in (*conditions, *([resources] if resources else ())) for k in named.keys)
    return Statement(index, sid, allows, actions, resources, principal, conditions, keys=keys)


def _texts(value: Any, element: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _Unreadable(f"`{element}` is neither a text nor a list of texts")


def _one_of(raw: dict[str, Any], plain: str, negated: str) -> tuple[str, Any] | None:
    if plain in raw and negated in raw:
        raise _Unreadable(f"`{plain}` and `{negated}` exclude each other")
    name = plain if plain in raw else negated
    return (name, raw[name]) if name in raw else None


@lru_cache(maxsize=65536)
def _action_list(texts: tuple[str, ...], *, negated: bool) -> ActionList:
    return ActionList(texts, negated=negated)


def _actions(raw: dict[str, Any]) -> ActionList:
    found = _one_of(raw, "Action", "NotAction")
    if found is None:
        raise _Unreadable("neither `Action` nor `NotAction`")
    return _action_list(_texts(found[1], found[0]), negated=found[0] == "NotAction")


@lru_cache(maxsize=131072)
def _resource_list(texts: tuple[str, ...], *, negated: bool, variables: bool) -> ResourceList:
    return ResourceList(texts, tuple(resource_template(text, variables=variables) for text in texts), negated)


def _resources(raw: dict[str, Any], *, variables: bool) -> ResourceList | None:
    found = _one_of(raw, "Resource", "NotResource")
    if found is None:
        return None
    return _resource_list(_texts(found[1], found[0]), negated=found[0] == "NotResource", variables=variables)


def _scalar(value: Any) -> str:
    """R3.13: `true` and `10` are compared as their texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _Unreadable("a condition value is neither text, number nor boolean")


def _conditions(block: Any, index: int, flaws: list[Flaw], *, variables: bool) -> tuple[tuple[Entry, ...], bool]:
    """The entries of a Condition block, and whether all operators are known."""
    if not isinstance(block, dict):
        raise _Unreadable("`Condition` is no object")
    entries: list[Entry] = []
    is_known = True
    for name, keys in block.items():
        use = read_operator(name)
        if use is None:
            flaws.append(Flaw("L20", index, f"unknown condition operator `{name}`: the statement never matches"))
            is_known = False
            continue
        if not isinstance(keys, dict):
            raise _Unreadable(f"`{name}` in `Condition` is no object")
        for key, value in keys.items():
            values = tuple(_scalar(item) for item in (value if isinstance(value, list) else [value]))
            entries.append(make_entry(use, key, values, variables=variables))
            _check_values(index, name, use.operator.family, values, flaws)
    return tuple(entries), is_known


_STRICT = {"number": "number", "date": "date", "ip": "IP address or CIDR block", "null": "`true` or `false`", "binary": "base64 text"}


def _check_values(index: int, name: str, family: str, values: Iterable[str], flaws: list[Flaw]) -> None:
    use = read_operator(name)
    if use is None or family not in _STRICT:
        return
    odd = (value for value in values if use.operator.compile(tuple(value)) is None)
    flaws.extend(Flaw("L20", index, f"`{value}` under `{name}` is no {_STRICT[family]}: it never matches") for value in odd)


def _principal(raw: dict[str, Any]) -> PrincipalElement | None:
    found = _one_of(raw, "Principal", "NotPrincipal")
    if found is None:
        return None
    name, value = found
    negated = name == "NotPrincipal"
    if isinstance(value, (str, list)):
        value = {"AWS": value} if value != "*" else {"*": "*"}
    if not isinstance(value, dict):
        raise _Unreadable(f"`{name}` is neither `*` nor an object")
    forms = {kind: _texts(texts, f"{name}.{kind}") for kind, texts in value.items()}
    strange = sorted(set(forms) - {"*", "AWS", "Service", "Federated", "CanonicalUser"})
    if strange:
        raise _Unreadable(f"unknown principal type `{strange[0]}`")
    return _sort_principals(forms, negated=negated)


def _sort_principals(forms: dict[str, tuple[str, ...]], *, negated: bool) -> PrincipalElement:
    accounts: set[str] = set()
    arns: set[str] = set()
    unique_ids: set[str] = set()
    for text in forms.get("AWS", ()):
        arn = parse_arn(text)
        if is_account_id(text):
            accounts.add(text)
        elif arn and arn.service == "iam" and arn.resource == "root" and is_account_id(arn.account) and not arn.region:
            accounts.add(f"{arn.partition}:{arn.account}")
        elif text.startswith(("AIDA", "AROA", "AGPA", "ASIA")) and ":" not in text:
            unique_ids.add(text)
        elif text != "*":
            arns.add(text)
    return PrincipalElement(
        negated=negated,
        everyone="*" in forms,
        aws_star="*" in forms.get("AWS", ()),
        accounts=_kept(accounts),
        arns=_kept(arns),
        unique_ids=_kept(unique_ids),
        services=_kept(forms.get("Service", ())),
        federated=_kept(forms.get("Federated", ())),
        canonical=_kept(forms.get("CanonicalUser", ())),
    )


def _kept(texts: Iterable[str]) -> frozenset[str]:
    """The texts as a set; all empty ones are one object, as most sets of a statement are empty."""
    return frozenset(texts) or NOTHING


def _look(
    index: int,
    raw: dict[str, Any],
    actions: ActionList,
    resources: ResourceList | None,
    principal: PrincipalElement | None,
    flaws: list[Flaw],
) -> None:
    """Problems that the engine itself reports because the statement can't do what it seems to say."""
    for text in resources.texts if resources else ():
        flaws += (Flaw(code, index, message) for code, message in resource_flaws(text, actions.texts))
    if principal is not None:
        flaws += (
            Flaw(code, index, message) for code, message in principal_flaws(principal, actions.texts, allows=raw["Effect"] == "Allow")
        )


__all__ = ["Flaw", "ParsedText", "parse", "problems_in", "template"]
