"""Does this statement apply? A formula for each part: principal, resource, condition (section 2 of the rules).

Sources: IAM User Guide, "JSON policy elements" Principal, NotPrincipal, Resource, NotResource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

from xgraph.graph.model.arn import parse_arn

from .caller import Caller, CallerKind, Target
from .condition import FixedTest, Keys, evaluate, filled_by, in_each_reading, open_point, plainly, resolve, sense_of, shown
from .decision import ControlClass
from .formula import Atom, Formula, Literal, Variable, World, conj, disj, either, neg
from .glob import STAR, Pattern, Tokens, resource_pattern
from .statement import PrincipalElement, ResourceList, Statement
from .variables import Template


class MatchClass(StrEnum):
    """How specifically a resource policy names the caller (R1.5)."""

    EXACT = "exact"
    ROLE = "role"
    USER_OF_FED = "user-of-fed"
    ACCOUNT = "account"
    SERVICE = "service"
    FEDERATED = "federated"


Classes = tuple[tuple[MatchClass, Formula], ...]


def conditions_hold(statement: Statement, keys: Keys) -> Formula:
    """When every entry of the Condition block holds (R3.1)."""
    out: Formula = True
    for entry in statement.conditions:
        state, compiled = keys.state(entry.key), entry.compiled
        holds = plainly(entry.use, compiled, state) if compiled is not None and state.is_plain else evaluate(entry, keys)
        if holds is False:
            return False
        if holds is not True:
            out = conj(out, holds)
    return out


# ------------------------------------------------------------------------------------------------------------ resource


def resource_matches(resources: ResourceList, target: Target, keys: Keys, *, may_pad: bool) -> Formula:
    """When Resource or NotResource covers the target. `may_pad`: short ARNs of Allow statements count as U-04 (R2.15)."""
    found: Formula
    if resources.has_star:
        found = True
    elif target.takes_no_resource:
        found = disj(*(_covers_nothing(text, target.service) for text in resources.templates), False)
    elif target.pattern is None and (plainly := resources.covers(target.arn)) is not None:
        return plainly
    else:
        found = False
        for text in resources.templates:
            covers = _covers(text, target, keys, may_pad=may_pad)
            if covers is not False:
                found = disj(found, covers)
                if found is True:
                    break
    return neg(found) if resources.negated else found


def _covers_nothing(text: Template, service: str) -> Formula:
    """R2.19: an action without a resource type is authorized against `*` alone."""
    if not text.text.strip("*"):
        return bool(text.text)
    arn = parse_arn(text.text)
    if arn is not None and arn.service == service and not arn.resource.strip("*") and arn.resource:
        return open_point("U-37")
    return False


def _covers(text: Template, target: Target, keys: Keys, *, may_pad: bool) -> Formula:
    if not text.variables:
        return _covers_as_read(text, target, keys, may_pad=may_pad)
    named = [variable.key for variable in text.variables]
    return in_each_reading(named, keys, lambda read: _covers_as_read(text, target, read, may_pad=may_pad))


def _covers_as_read(text: Template, target: Target, keys: Keys, *, may_pad: bool) -> Formula:
    tokens, words = text.fixed, text.text
    if tokens is None:
        known, unknown = resolve(text, keys)
        if unknown:
            return _covers_unknown(text, known, unknown, target)
        tokens = text.fill(known)
        if tokens is None:
            return False
        pattern, words = resource_pattern(tokens), shown(text, known)
    else:
        pattern = text.resource_pattern()
    if pattern is not None:
        return _within(pattern, words, target)
    if not may_pad:
        return False
    padded = padded_pattern(tokens)
    return conj(_within(padded, words, target), open_point("U-04")) if padded else False


@lru_cache(maxsize=16384)
def padded_pattern(tokens: Tokens) -> Pattern | None:
    """R2.15, U-04: a short ARN with `:*` appended until it has six parts."""
    missing = 5 - tokens.count(":")
    if missing <= 0 or tokens[:3] != ("a", "r", "n"):
        return None
    return resource_pattern((*tokens, *((":", STAR) * missing)))


def _within(pattern: Pattern, words: str, target: Target) -> Formula:
    if target.pattern is None:
        return pattern.matches(target.arn)
    if pattern.is_universal or pattern == target.pattern:
        return True
    mine, wanted = pattern.prefix, target.pattern.prefix
    if not wanted.startswith(mine) and not mine.startswith(wanted):
        return False  # no name begins with both
    if pattern.is_prefix and wanted.startswith(mine):
        return True
    atom = Atom(resource_variable(target), "StringLike", (words,), _like(pattern), "text", (pattern,))
    return Literal(atom, positive=True)


def _like(pattern: Pattern) -> Callable[[str, World], bool]:
    def test(value: str, _world: World) -> bool:
        return pattern.matches(value)

    return test


def resource_variable(target: Target) -> Variable:
    """The unknown "which of the resources" in a question about a set (R3.37)."""
    within = (target.pattern,) if target.pattern is not None else ()
    return Variable("resource", ControlClass.OBJECT, may_be_absent=False, within=within, without=_no_key(target), spelling=target.label)


def _no_key(target: Target) -> tuple[Pattern, ...]:
    """An object has a key: `bucket/` alone is no member of `bucket/*`."""
    bucket, slash, _ = target.arn.partition("/")
    is_one_bucket = bool(slash) and ":s3:::" in bucket and "*" not in bucket and "?" not in bucket
    return (Pattern(tuple(f"{bucket}/")),) if is_one_bucket else ()


def _covers_unknown(text: Template, known: Mapping[str, str | None], unknown: tuple[Variable, ...], target: Target) -> Formula:
    if target.pattern is None:

        def fits(tokens: Tokens) -> bool:
            pattern = resource_pattern(tokens)
            return pattern is not None and pattern.matches(target.arn)

        return filled_by(text, dict(known), unknown, FixedTest("Resource", target.arn, fits))

    def test(value: str, world: World) -> bool:
        values = dict(known) | {v.name: one if isinstance(one := world.get(v), str) else None for v in unknown}
        tokens = text.fill(values)
        pattern = resource_pattern(tokens) if tokens is not None else None
        return pattern is not None and pattern.matches(value)

    words, sense = (shown(text, known),), sense_of(text, known)
    atom = Atom(resource_variable(target), "StringLike", words, test, "joint", (text.text,), others=unknown, sense=sense)
    return Literal(atom, positive=True)


# ----------------------------------------------------------------------------------------------------------- principal


def principal_classes(
    element: PrincipalElement,
    caller: Caller,
    canonical_ids: Mapping[str, str],
    *,
    allows: bool,
) -> Classes:
    """The ways in which the element covers the caller, each with when (R2.31 to R2.43)."""
    if element.negated:
        return _not_listed(element, caller, canonical_ids, allows=allows)
    if not caller.has_account:
        return _listed(element, caller, allows=allows)
    found = _EXACTLY if element.everyone or element.aws_star else ()
    if (element.accounts or element.canonical) and _names_account(element, caller, canonical_ids):
        found = (*found, (MatchClass.ACCOUNT, True))
    return (*found, *_named(element, caller)) if element.arns or element.unique_ids else found


_EXACTLY: Classes = ((MatchClass.EXACT, True),)


def _listed(element: PrincipalElement, caller: Caller, *, allows: bool) -> Classes:
    """Callers that are no identities of an account."""
    match caller.kind:
        case CallerKind.ANONYMOUS:
            return _EXACTLY if element.everyone or element.aws_star else ()
        case CallerKind.SERVICE:
            if element.everyone or _names_service(element, caller.arn):
                return ((MatchClass.SERVICE, True),)
            return ((MatchClass.SERVICE, open_point("U-07")),) if element.aws_star and allows else ()
        case _:
            if caller.arn in element.federated:
                return ((MatchClass.FEDERATED, True),)
            return ((MatchClass.FEDERATED, open_point("U-38")),) if element.everyone else ()


def _names_service(element: PrincipalElement, name: str) -> bool:
    return name in element.services or f"{name}.cn" in element.services


def _names_account(element: PrincipalElement, caller: Caller, canonical_ids: Mapping[str, str]) -> bool:
    if caller.account is None or not (element.accounts or element.canonical):
        return False
    if caller.account in element.accounts or f"{caller.partition}:{caller.account}" in element.accounts:
        return True
    return any(canonical_ids.get(one) == caller.account for one in element.canonical)


def _named(element: PrincipalElement, caller: Caller) -> Iterator[tuple[MatchClass, Formula]]:
    if not element.arns and not element.unique_ids:
        return
    match caller.kind:
        case CallerKind.USER:
            if caller.arn in element.arns or (caller.unique_id and caller.unique_id in element.unique_ids):
                yield MatchClass.EXACT, True
        case CallerKind.ROLE:
            yield from _named_session(element, caller)
        case CallerKind.FEDERATED_USER:
            if caller.arn in element.arns:
                yield MatchClass.EXACT, True
            if caller.federating_user and caller.federating_user in element.arns:
                yield MatchClass.USER_OF_FED, True
        case CallerKind.FOREIGN if caller.account is not None:
            yield from _named_foreign(element, caller)
        case _:
            return


def _named_session(element: PrincipalElement, caller: Caller) -> Iterator[tuple[MatchClass, Formula]]:
    if caller.unique_id and caller.unique_id in element.unique_ids:
        yield MatchClass.ROLE, True
    if caller.arn in element.arns or (not caller.path_known and any(_is_role(text, caller) for text in element.arns)):
        yield MatchClass.ROLE, True
    if not element.has_sessions:
        return
    prefix = f"arn:{caller.partition}:sts::{caller.account}:assumed-role/{caller.name}/"
    sessions = tuple(sorted(text[len(prefix) :] for text in element.arns if text.startswith(prefix)))
    if not sessions:
        return
    if caller.session is not None:
        if caller.session in sessions:
            yield MatchClass.EXACT, True
    else:
        yield MatchClass.EXACT, _equals(SESSION_NAME, sessions)


# R3.38: the session name of "any session of the role"; not the name that an AssumeRole request asks for.
SESSION_NAME = Variable("session-name", ControlClass.CALLER, may_be_absent=False, spelling="sts:RoleSessionName")


def _equals(variable: Variable, values: tuple[str, ...], operator: str = "StringEquals") -> Formula:
    patterns = tuple(Pattern(tuple(value)) for value in values)
    atom = Atom(variable, operator, values, lambda value, _world: value in values, "text", patterns)
    return Literal(atom, positive=True)


def _is_role(text: str, caller: Caller) -> bool:
    """R1.6: without inventory a session's role is known by partition, account and name."""
    arn = parse_arn(text)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        return False
    return (arn.partition, arn.account, arn.resource.rsplit("/", 1)[-1]) == (caller.partition, caller.account, caller.name)


def _named_foreign(element: PrincipalElement, caller: Caller) -> Iterator[tuple[MatchClass, Formula]]:
    """Some principal of an account that was not collected: the statement names which."""
    prefix = f"arn:{caller.partition}:iam::{caller.account}:"
    names = tuple(sorted(text for text in element.arns if text.startswith(prefix) and "*" not in text and "?" not in text))
    roles = _roles_of_sessions(element, caller)
    if names or roles:
        within = (Pattern((*prefix, STAR)),)
        variable = Variable("aws:principalarn", ControlClass.FOREIGN_ACCOUNT, may_be_absent=False, within=within)
        yield MatchClass.ROLE, _equals(variable, tuple(sorted({*names, *roles})), "ArnLike")


def _roles_of_sessions(element: PrincipalElement, caller: Caller) -> tuple[str, ...]:
    prefix = f"arn:{caller.partition}:sts::{caller.account}:assumed-role/"
    found = (text[len(prefix) :].split("/")[0] for text in element.arns if text.startswith(prefix))
    return tuple(f"arn:{caller.partition}:iam::{caller.account}:role/{name}" for name in found if name)


def _members(caller: Caller) -> tuple[str, ...]:
    """The principal set of R1.5 without `*` and without the account."""
    out = [caller.arn]
    if caller.session_arn and caller.session_arn != caller.arn:
        out.append(caller.session_arn)
    return tuple(out)


def _not_listed(
    element: PrincipalElement,
    caller: Caller,
    canonical_ids: Mapping[str, str],
    *,
    allows: bool,
) -> Classes:
    kind = MatchClass.SERVICE if caller.kind is CallerKind.SERVICE else MatchClass.EXACT
    if element.everyone or element.aws_star:
        return ()
    if not caller.is_iam and caller.kind is not CallerKind.FOREIGN:
        listed = _names_service(element, caller.arn) or caller.arn in element.federated
        return () if listed else ((kind, True),)
    flags = [_names_account(element, caller, canonical_ids)]
    if caller.kind is not CallerKind.ROLE:
        flags += [] if caller.kind is CallerKind.ROOT else [bool(tuple(_named(element, caller)))]
        when = _spared(flags, caller, allows=allows)
    else:
        flags.append(_is_role_listed(element, caller))
        when = _spared_session(flags, element, caller, allows=allows)
    return ((kind, when),) if when is not False else ()


def _spared(flags: list[bool], caller: Caller, *, allows: bool) -> Formula:
    """When a NotPrincipal statement applies to a caller of whose principal set `flags` tell what is listed (R2.41 to R2.43)."""
    if allows:
        return not any(flags)
    if caller.has_boundary or not any(flags):
        return True
    return False if all(flags) else open_point("U-08")


def _spared_session(flags: list[bool], element: PrincipalElement, caller: Caller, *, allows: bool) -> Formula:
    """As `_spared`, with the session: of "any session" (R3.38) the ones that are listed are told apart by their name."""
    listed = _spared([*flags, True], caller, allows=allows)
    others = _spared([*flags, False], caller, allows=allows)
    prefix = f"arn:{caller.partition}:sts::{caller.account}:assumed-role/{caller.name}/"
    names = tuple(sorted(text[len(prefix) :] for text in element.arns if text.startswith(prefix)))
    if caller.session is not None:
        return listed if caller.session in names else others
    return either(_equals(SESSION_NAME, names), listed, others) if names else others


def _is_role_listed(element: PrincipalElement, caller: Caller) -> bool:
    is_role_listed = caller.arn in element.arns or (not caller.path_known and any(_is_role(text, caller) for text in element.arns))
    return is_role_listed or bool(caller.unique_id and caller.unique_id in element.unique_ids)
