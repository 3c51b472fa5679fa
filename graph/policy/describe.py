"""A residual formula for people: clauses, a sentence, a request that works (R3.40)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from .decision import Clause, Condition, ControlClass, Evidence
from .formula import PRESENT, And, Atom, Formula, Literal, Value, Variable, assign, atoms_of, conj, disj, neg
from .solve import is_certain, is_possible, solve

MOST_CLAUSES = 8
_MOST_TERMS = 64  # clauses while expanding; past it the form is cut and marked

Term = frozenset[Literal]


def condition_of(formula: Formula, sources: Mapping[Atom, Evidence] | None = None, hop: int | None = None) -> Condition:
    """What stands between a possible request and ALLOWED. `sources`: the statement that each atom comes from."""
    terms, exact = normal_form(formula)
    shown = terms[:MOST_CLAUSES]
    beside = _names(formula)
    any_of = tuple(tuple(_clause(one, sources or {}, hop, beside) for one in _ordered(term)) for term in shown)
    free_names = {literal.atom.variable for term in terms for literal in term if literal.atom.variable.free}
    return Condition(
        text=sentence(any_of, exact=exact and len(terms) <= MOST_CLAUSES),
        any_of=any_of,
        benign=is_benign(formula),
        gaps=tuple(sorted({gap_name(v) for v in free_names if v.control is ControlClass.GAP and not is_open_point(v)})),
        open_points=tuple(sorted({v.name for v in free_names if is_open_point(v)})),
        exact=exact and len(terms) <= MOST_CLAUSES,
        witness=witness_of(formula),
    )


def is_open_point(variable: Variable) -> bool:
    """Whether the unknown is an unsettled reading of AWS's rules."""
    return variable.free and variable.name.startswith("U-")


def gap_name(variable: Variable) -> str:
    """The id of a gap, without the direction in which it could change the answer."""
    return variable.spelling or variable.name.removesuffix(":allow").removesuffix(":deny")


@lru_cache(maxsize=16384)
def normal_form(formula: Formula) -> tuple[tuple[Term, ...], bool]:
    """Clauses without what is impossible or not needed, shortest first, and whether they are all."""
    exact = True
    terms: list[Term] = [frozenset()]
    for part in _conjuncts(formula):
        parts, is_whole = _terms_of(part)
        exact = exact and is_whole
        grown = [term | one for term in terms for one in parts]
        distinct = list(dict.fromkeys(grown))
        # Where nothing branches there is nothing to choose from, and each question may be a dear one.
        kept = distinct if len(distinct) == 1 else [term for term in distinct if is_possible(conj(*term))]
        if len(kept) > _MOST_TERMS:
            kept, exact = sorted(kept, key=_term_order)[:_MOST_TERMS], False
        terms = kept
    shortened = [_shorten(term, formula) for term in terms]
    minimal = [t for t in dict.fromkeys(shortened) if not any(other < t for other in shortened)]
    return tuple(sorted(minimal, key=_term_order)), exact


def _conjuncts(formula: Formula) -> list[Formula]:
    if isinstance(formula, And):
        return sorted(formula.items, key=lambda item: (len(atoms_of(item)), repr(item)))
    return [formula]


def _terms_of(formula: Formula) -> tuple[list[Term], bool]:
    """The disjunctive normal form of one part, cut at the limit, and whether it is whole."""
    if isinstance(formula, bool):
        return ([frozenset()] if formula else []), True
    if isinstance(formula, Literal):
        return [frozenset((formula,))], True
    found = [_terms_of(item) for item in sorted(formula.items, key=repr)]
    is_whole = all(whole for _, whole in found)
    if not isinstance(formula, And):
        return [term for part, _ in found for term in part], is_whole
    out: list[Term] = [frozenset()]
    for part, _ in found:
        grown = [left | right for left in out for right in part]
        out, is_whole = grown[: _MOST_TERMS * 4], is_whole and len(grown) <= _MOST_TERMS * 4
    return out, is_whole


def _shorten(term: Term, formula: Formula) -> Term:
    """Drop the claims without which the clause still implies the formula."""
    if len(term) > 12:
        return term
    for literal in sorted(term, key=lambda one: (one.atom.operator != PRESENT, one.positive, repr(one.atom))):
        rest = term - {literal}
        if is_certain(disj(formula, neg(conj(*rest)))):
            term = rest
    return term


def _term_order(term: Term) -> tuple[int, str]:
    return len(term), repr(sorted(map(repr, term)))


def _ordered(term: Term) -> list[Literal]:
    return sorted(term, key=lambda one: (one.atom.variable.free, one.atom.variable.name, one.atom.operator, one.atom.values))


# -------------------------------------------------------------------------------------------------------------- clauses


def _clause(literal: Literal, sources: Mapping[Atom, Evidence], hop: int | None, beside: frozenset[str]) -> Clause:
    atom, variable = literal.atom, literal.atom.variable
    source = sources.get(atom)
    if variable.free:
        key, operator, values = _free_words(variable)
        return Clause(key, operator, values, not literal.positive, variable.control, hop, source)
    if atom.operator == PRESENT:
        return Clause(spell(variable, beside), "Null", ("false" if literal.positive else "true",), False, variable.control, hop, source)
    operator, negated = atom.operator, not literal.positive
    if atom.some_fails:
        # "some value fails" is ForAnyValue of the negated operator; its complement is ForAllValues of the operator itself.
        operator, negated = (f"ForAllValues:{operator}", False) if negated else (f"ForAnyValue:{negative(operator)}", False)
    elif variable.is_multivalued:
        operator, negated = (f"ForAllValues:{negative(operator)}", False) if negated else (f"ForAnyValue:{operator}", False)
    return Clause(spell(variable, beside), operator, atom.values, negated, variable.control, hop, source)


def negative(operator: str) -> str:
    """The name of the negated operator; operators without one keep their name with `Not` before it."""
    for prefix in ("String", "Arn", "Numeric", "Date"):
        if operator.startswith(prefix):
            return f"{prefix}Not{operator[len(prefix) :]}"
    return f"Not{operator}"


def _free_words(variable: Variable) -> tuple[str, str, tuple[str, ...]]:
    if variable.control is ControlClass.FOREIGN_ACCOUNT:
        return "foreign-account", "Delegates", (variable.spelling,)
    return (variable.name if is_open_point(variable) else gap_name(variable)), "Unknown", ()


_SPELLINGS = {
    name.lower(): name
    for name in """aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalType aws:userid
    aws:username aws:PrincipalIsAWSService aws:PrincipalServiceName aws:PrincipalServiceNamesList aws:SourceAccount aws:SourceArn
    aws:SourceOrgID aws:SourceOrgPaths aws:SourceOwner aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths
    aws:MultiFactorAuthPresent aws:MultiFactorAuthAge aws:TokenIssueTime aws:SourceIdentity aws:FederatedProvider
    aws:RequestedRegion aws:SecureTransport aws:CurrentTime aws:EpochTime aws:SourceIp aws:VpcSourceIp aws:SourceVpc
    aws:SourceVpce aws:SourceVpcArn aws:VpceAccount aws:VpceOrgID aws:VpceOrgPaths aws:ViaAWSService aws:CalledVia
    aws:CalledViaFirst aws:CalledViaLast aws:UserAgent aws:referer aws:TagKeys aws:AssumedRoot s3:ResourceAccount
    s3:DataAccessPointArn s3:DataAccessPointAccount s3:VersionId s3:authType s3:signatureversion s3:TlsVersion
    s3:signatureAge sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys kms:CallerAccount
    kms:ViaService kms:GrantIsForAWSResource kms:EncryptionContextKeys kms:ReEncryptOnSameKey iam:PassedToService""".split()
}
_PREFIXES = {
    name.lower(): name
    for name in (
        "aws:PrincipalTag/",
        "aws:ResourceTag/",
        "aws:RequestTag/",
        "s3:ExistingObjectTag/",
        "s3:RequestObjectTag/",
        "iam:ResourceTag/",
        "kms:EncryptionContext:",
    )
}


def _names(formula: Formula) -> frozenset[str]:
    return frozenset(atom.variable.name for atom in atoms_of(formula))


def spell(variable: Variable, beside: frozenset[str] = frozenset()) -> str:
    """The key as AWS spells it. `beside`: the names of all keys that the same condition speaks of."""
    name = variable.spelling or spell_key(variable.name)
    if variable.name == "session-name" and "sts:rolesessionname" in beside:  # one asks, the other is asked for
        name = f"{name} of the caller"
    return f"{name} of {variable.scope}" if variable.scope else name


def spell_key(key: str) -> str:
    """A lower-case condition key as AWS spells it."""
    if key in _SPELLINGS:
        return _SPELLINGS[key]
    for prefix, spelled in _PREFIXES.items():
        if key.startswith(prefix):
            return spelled + key[len(prefix) :]
    return key


# ------------------------------------------------------------------------------------------------------------- sentence

_WORDS = {
    "StringEquals": ("is", "is not"),
    "StringEqualsIgnoreCase": ("is (in any case)", "is not (in any case)"),
    "StringLike": ("matches", "does not match"),
    "ArnLike": ("matches", "does not match"),
    "NumericEquals": ("is", "is not"),
    "NumericLessThan": ("is less than", "is not less than"),
    "NumericLessThanEquals": ("is at most", "is not at most"),
    "NumericGreaterThan": ("is more than", "is not more than"),
    "NumericGreaterThanEquals": ("is at least", "is not at least"),
    "DateEquals": ("is", "is not"),
    "DateLessThan": ("is before", "is not before"),
    "DateLessThanEquals": ("is at or before", "is not at or before"),
    "DateGreaterThan": ("is after", "is not after"),
    "DateGreaterThanEquals": ("is at or after", "is not at or after"),
    "Bool": ("is", "is not"),
    "BinaryEquals": ("is", "is not"),
    "IpAddress": ("is in", "is not in"),
}


# Guardrails that were not collected are one gap of the whole answer, not a sentence on each path (contract section 7).
GUARDRAILS = frozenset(("scp-not-collected", "rcp-not-collected"))


def sentence(any_of: Iterable[Iterable[Clause]], *, exact: bool) -> str:
    """The clauses as one plain sentence; only the names where nothing but guardrails is not known."""
    terms = [tuple(term) for term in any_of]
    if not terms:
        return "under conditions that could not be written out"
    parts = [" and ".join(phrase(clause) for clause in term if clause.key not in GUARDRAILS) for term in terms]
    if not all(parts):
        names = sorted({clause.key for term in terms for clause in term if clause.key in GUARDRAILS})
        return f"see gaps: {', '.join(names)}" if names else "always"
    text = "if " + parts[0] if len(parts) == 1 else "if " + "; or if ".join(parts)
    return text if exact else text + "; or in further cases that are not listed"


def phrase(clause: Clause) -> str:
    """One clause in words."""
    where = f"at hop {clause.hop + 1} " if clause.hop is not None else ""
    values = " or ".join(f"`{value}`" for value in clause.values)
    if clause.key == "foreign-account":
        verb = "does not delegate" if clause.negated else "delegates"
        return (
            f"{where}the administrator of account {values} {verb} it"
            if clause.values != ("",)
            else f"{where}the caller's account {verb} it"
        )
    if clause.operator == "Unknown":
        return f"{where}{_doubt(clause)}"
    if clause.operator == "Null":
        return f"{where}{clause.key} is {'absent' if clause.values == ('true',) else 'present'}"
    if clause.operator.startswith("ForA"):
        return f"{where}{clause.key} satisfies {clause.operator} {values}"
    positive, negated = _WORDS.get(clause.operator, (f"satisfies {clause.operator}", f"does not satisfy {clause.operator}"))
    return f"{where}{clause.key} {negated if clause.negated else positive} {values}"


# What is no key of the request and no gap, in words: (where it holds, where it does not).
_OUTSIDE = {
    "network-reach": ("the caller reaches the resource's network", "the caller does not reach the resource's network"),
    "user-pool-token": ("the caller has a token of the user pool", "the caller has no token of the user pool"),
    "lambda-authorizer": ("the Lambda authorizer lets the caller in", "the Lambda authorizer does not let the caller in"),
    "data-access-policy": ("a data access policy of the collection allows it", "no data access policy of the collection allows it"),
    "fine-grained-access-control": ("fine-grained access control allows it", "fine-grained access control does not allow it"),
}


def _doubt(clause: Clause) -> str:
    """A gap or an open point in words."""
    if clause.key in _OUTSIDE:
        return _OUTSIDE[clause.key][clause.negated]
    if clause.key.startswith("U-"):
        return f"the open point {clause.key} is {'not ' if clause.negated else ''}read in favour of access"
    return f"what is not known ({clause.key}) {'does not deny it' if clause.negated else 'allows it'}"


# -------------------------------------------------------------------------------------------------------------- witness

_BENIGN: dict[str, Value] = {
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
    "aws:calledvia": None,
    "aws:calledviafirst": None,
    "aws:calledvialast": None,
}


def is_benign(formula: Formula) -> bool:
    """R3.31: whether it is certain once the request uses TLS and comes straight from the caller."""
    atoms = [atom for atom in atoms_of(formula) if atom.variable.name in _BENIGN and not atom.others]
    if not atoms:
        return False
    truth = {atom: atom.holds({atom.variable: _BENIGN[atom.variable.name]}) for atom in atoms}
    return is_certain(assign(formula, truth))


def _needed(formula: Formula, world: Mapping[Variable, Value]) -> Mapping[Variable, Value]:
    """The world without the keys that say nothing once its plain unknowns (open points, gaps) are fixed."""
    fixed = {atom: atom.holds(world) for atom in atoms_of(formula) if atom.variable.free and atom.variable in world}
    rest = assign(formula, fixed)
    named = {variable for atom in atoms_of(rest) for variable in (atom.variable, *atom.others)}
    return {variable: value for variable, value in world.items() if variable in named}


_NOT_REQUEST_KEYS = frozenset(("object-owner",))


def witness_of(formula: Formula) -> tuple[tuple[str, str | tuple[str, ...]], ...] | None:
    """A request context that works, as sorted (key, value) pairs; None when no request key is missing or none was found."""
    world = solve(formula).world
    if world is None:
        return None
    keys = {atom.variable for atom in atoms_of(formula)}
    if not any(not v.free and v.name not in _NOT_REQUEST_KEYS for v in keys):
        return None
    world = _needed(formula, world)
    pairs: list[tuple[str, str | tuple[str, ...]]] = []
    beside = _names(formula)
    for variable, value in world.items():
        if isinstance(value, (str, tuple)) and variable.name not in _NOT_REQUEST_KEYS:
            pairs.append((spell(variable, beside), value))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))
