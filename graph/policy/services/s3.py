"""S3: buckets and objects with policies, ACLs, object ownership and Block Public Access (section 6 of the rules).

Sources: S3 User Guide, "Access control list (ACL) overview", "How Amazon S3 authorizes a request", "Controlling ownership of
objects", "Blocking public access"; S3 API reference PutBucketPolicy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.caller import CallerKind, Target
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Attached, Factors, Policies, Record, Request, Use, owner_may_manage, owner_unknown, resource_side
from xgraph.graph.policy.formula import Atom, Formula, Literal, Variable, conj, disj, free, neg
from xgraph.graph.policy.glob import Pattern
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import KeyState, known
from xgraph.graph.policy.match import MatchClass

from ._access_points import (
    THROUGH,
    access_point_of,
    bucket_need,
    bucket_record,
    caller_side,
    comes_from_its_vpc,
    has_vpc_origin,
    is_access_point,
    is_data_request,
    is_multi_region,
    key_states,
    owner_of,
    public_access_block,
)
from ._canned import BUCKET_OWNER, grants_of
from ._data_key import DECRYPT, GENERATE, GENERATE_AND_DECRYPT, KMS_GAP, EncryptionContext, is_managed, key_needs, key_of
from ._public import is_public
from ._rules import Case, Need, Options, Rules, Ruling, relation_of, some_of

_BUCKET_GRANTS = {
    "READ": ("s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"),
    "WRITE": ("s3:putobject",),
    "READ_ACP": ("s3:getbucketacl",),
    "WRITE_ACP": ("s3:putbucketacl",),
}
_OBJECT_GRANTS = {
    "READ": ("s3:getobject", "s3:getobjectversion"),
    "READ_ACP": ("s3:getobjectacl", "s3:getobjectversionacl"),
    "WRITE_ACP": ("s3:putobjectacl", "s3:putobjectversionacl"),
}
# What the ACL of an object can grant.
OBJECT_ACL_ACTIONS = frozenset(action for actions in _OBJECT_GRANTS.values() for action in actions)
_OWNER_WRITES = ("s3:deleteobject", "s3:deleteobjectversion")
_GROUP = "http://acs.amazonaws.com/groups/"
_POLICY_ACTIONS = frozenset(("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"))
# R6.32: what a bucket's owner may do with objects that others own.
_BUCKET_OWNER_ACTIONS = frozenset(("s3:deleteobject", "s3:deleteobjectversion", "s3:restoreobject"))
_USES_KEY = frozenset(("s3:getobject", "s3:getobjectversion", "s3:getobjectattributes", "s3:putobject"))


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    if is_access_point(request.target.arn):
        side = _with_bucket_policy(request, policies, base, record, options) if options.with_policy else base
        return (Case(True, side, relation_of(request), comes_from_its_vpc(request)),)
    if "/" not in request.target.arn or request.action == "s3:putobject":
        side = _bucket_context(request, policies, base, record, options)
        return (Case(True, side, relation_of(request)),)
    acls = _acls_enabled(request.settings, options)
    if acls is False:
        return (Case(True, _bucket_context(request, policies, base, record, options), relation_of(request)),)
    cases = [Case(conj(guard, acls), side, relation) for guard, side, relation in _by_owner(request, policies, base, record, options)]
    if acls is not True:
        side = _bucket_context(request, policies, base, None, replace(options, with_acl=False))
        cases.append(Case(neg(acls), side, relation_of(request)))
    return tuple(cases)


def _acls_enabled(settings: Mapping[str, Any], options: Options) -> Formula:
    """R6.2, R6.3, U-25: a bucket without ownership controls behaves as ObjectWriter."""
    ownership = settings.get("ObjectOwnership", "ObjectWriter")
    if options.force_acls or options.owner_enforced:
        return options.force_acls
    if ownership is None:
        return free("object-ownership-not-collected", ControlClass.GAP, spelling="object-ownership-not-collected")
    return bool(ownership != "BucketOwnerEnforced")


_OWNER = Variable("object-owner", ControlClass.OBJECT, may_be_absent=False, spelling="object owner")


def _owned_by(account: str) -> Formula:
    return Literal(
        Atom(_OWNER, "StringEquals", (account,), lambda value, _world: value == account, "text", (Pattern(tuple(account)),)),
        positive=True,
    )


def _by_owner(
    request: Request,
    policies: Policies,
    base: Factors,
    record: Record | None,
    options: Options,
) -> Iterator[tuple[Formula, Factors, Relation]]:
    """An object of a bucket with ACLs enabled, for each account that may own it."""
    bucket_owner, caller = request.target.owner, request.caller.account
    owner = request.settings.get("ObjectOwner", bucket_owner)
    owner = policies.canonical_ids.get(owner, owner) if owner else owner
    if "ObjectOwner" not in request.settings or (owner is not None and owner == bucket_owner):
        yield True, _bucket_context(request, policies, base, record, options), relation_of(request)
        return
    if owner is not None and bucket_owner is None:
        yield from _in_some_bucket(request, policies, base, record, options, owner)
        return
    if owner is not None:
        yield True, _object_context(request, policies, base, record, options), _object_relation(request, owner)
        return
    guard = _owned_by(bucket_owner) if bucket_owner else free("resource-owner-not-known", ControlClass.GAP)
    yield guard, _bucket_context(request, policies, base, record, options), relation_of(request)
    other: Formula = neg(guard)
    side = _object_context(request, policies, base, None, options)
    if caller is not None and caller != bucket_owner and request.caller.is_iam:
        mine = conj(other, _owned_by(caller))
        yield mine, side, Relation.SAME_ACCOUNT
        other = conj(other, neg(_owned_by(caller)))
    yield other, side, Relation.CROSS_ACCOUNT


def _in_some_bucket(
    request: Request,
    policies: Policies,
    base: Factors,
    record: Record | None,
    options: Options,
    owner: str,
) -> Iterator[tuple[Formula, Factors, Relation]]:
    """The object's owner is known and the bucket's is not: it may be the same account, the caller's, or another (R1.7)."""
    is_iam = request.caller.is_iam
    is_own = owner_unknown() if is_iam else False
    relation = _object_relation(request, owner)
    if is_iam and request.caller.account == owner:
        same = is_own
    else:
        same = conj(neg(is_own), free("bucket-owner-is-object-owner", ControlClass.GAP, spelling="resource-owner-not-known"))
        management = request.context.facts.resource_membership.management_account
        if management and policies.rcps != ():  # the two unknowns are one where RCPs ask whether it is the management account
            same = conj(same, owner_may_manage(request) if owner == management else neg(owner_may_manage(request)))
    yield same, _bucket_context(request, policies, base, record, options), relation
    other, side = neg(same), _object_context(request, policies, base, None, options)
    if request.action in _BUCKET_OWNER_ACTIONS and is_own is not False:
        yield conj(other, is_own), side, Relation.SAME_ACCOUNT
        other = conj(other, neg(is_own))
    yield other, side, relation


def _object_relation(request: Request, owner: str) -> Relation:
    if request.action in _BUCKET_OWNER_ACTIONS and request.caller.account == request.target.owner:
        return Relation.SAME_ACCOUNT
    return Relation.SAME_ACCOUNT if request.caller.account == owner and request.caller.is_iam else Relation.CROSS_ACCOUNT


def _bucket_context(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> Factors:
    """R6.30, R6.31: the bucket's owner decides, by bucket policy and ACL."""
    side = base
    if options.with_policy:
        side = _with_bucket_policy(request, policies, base, record, options)
    acls = _acls_enabled(request.settings, options)
    if options.with_acl and acls is not False:
        side = _with_acl(side, request, policies, record, options, kind="BucketAcl", when=acls)
        if "/" in request.target.arn:
            side = _with_acl(side, request, policies, record, options, kind="ObjectAcl", when=acls)
    if (
        request.action in _POLICY_ACTIONS
        and request.caller.kind is CallerKind.ROOT
        and request.target.owner in (request.caller.account, None)
    ):
        # R6.40: a bucket policy can't lock its own account out of the policy.
        elsewhere = neg(owner_unknown()) if request.target.owner is None else False
        side = side._replace(r_deny=disj(base.r_deny, conj(side.r_deny, elsewhere)))
    return side


def _object_context(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> Factors:
    """R6.32: another account owns the object: the bucket policy only denies, the object ACL grants."""
    denies = resource_side(request, policies, _of_denies(record), base=base) if options.with_policy else base
    keep = {name: getattr(base, name) for name in ("r_exact", "r_role", "r_user", "r_account", "r_service", "r_federated")}
    side = denies._replace(**keep)
    return _with_acl(side, request, policies, record, options, kind="ObjectAcl", when=True) if options.with_acl else side


def _of_denies(record: Record | None) -> Record | None:
    """The same record, which hears of denies alone: an Allow of the bucket policy does not reach the object."""
    return (lambda use: None if use.allows else record(use)) if record else None


def _with_bucket_policy(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> Factors:
    allow_when: Formula = True
    if not _is_at_home(request) and not options.ignore_public_access_block and _policy_is_public(request, policies.resource):
        allow_when = neg(_flag(request.settings, "RestrictPublicBuckets"))  # R6.24
        if request.target.owner is None:
            allow_when = disj(allow_when, owner_unknown())  # the bucket may be the caller's own (R1.7)
    return resource_side(request, policies, record, base=base, allow_when=allow_when)


def _is_at_home(request: Request) -> bool:
    """Callers whom RestrictPublicBuckets lets through: services, and those of the accounts of the bucket and of the access point."""
    if request.caller.account == request.target.owner is not None:
        return True
    point = request.settings.get(THROUGH)
    behind = bucket_record(request.settings).get("account")
    homes = {request.target.owner, owner_of(point) if point else None, behind} - {None}
    return request.caller.kind is CallerKind.SERVICE or request.caller.account in homes


def _policy_is_public(request: Request, policy: Attached | None) -> bool:
    """R6.23: AWS's own verdict where it is known, also on a policy that was not read; else by the policy's statements."""
    compiled = policy.compiled if policy else None
    if is_access_point(request.target.arn):  # R6.25
        if has_vpc_origin(request.settings):
            return False
        return compiled is not None and is_public(compiled, of_access_point=True)
    status = request.settings.get("PolicyStatus")
    if isinstance(status, Mapping) and isinstance(status.get("IsPublic"), bool):
        return bool(status["IsPublic"])
    return compiled is not None and is_public(compiled)


def _flag(settings: Mapping[str, Any], name: str) -> Formula:
    """R6.20: the effective Block Public Access flag, OR over bucket, account and organization."""
    levels = public_access_block(settings) if "AccessPoint" in settings else settings.get("PublicAccessBlock", {})
    if levels is None:
        levels = {"bucket": None}
    out: Formula = False
    for level in sorted(levels):
        flags = levels[level]
        if flags is None:
            out = disj(out, free("public-access-block-not-collected", ControlClass.GAP, spelling="public-access-block-not-collected"))
        elif isinstance(flags, bool):
            out = disj(out, flags)
        else:
            out = disj(out, bool(flags.get(name, False)))
    return out


# ---------------------------------------------------------------------------------------------------------------- ACLs


def _with_acl(
    base: Factors,
    request: Request,
    policies: Policies,
    record: Record | None,
    options: Options,
    *,
    kind: str,
    when: Formula,
) -> Factors:
    """`base` with the grants of a bucket or object ACL, as statements (R6.10 to R6.16)."""
    acl = request.settings.get(kind, {})
    name = f"{request.target.arn if kind == 'ObjectAcl' else request.target.arn.partition('/')[0]}#acl"
    if acl is None:
        table = _OBJECT_GRANTS if kind == "ObjectAcl" else _BUCKET_GRANTS
        if not any(request.action in actions for actions in table.values()):
            return base
        gap = free(f"acl-not-collected:{name}:allow", ControlClass.GAP, spelling="acl-not-collected")
        return base._replace(r_exact=disj(base.r_exact, conj(when, gap)), r_service=disj(base.r_service, conj(when, gap)))
    attached = Attached(name, PolicyType.ACL, name.partition("#")[0], None)
    out = base
    for index, grant in enumerate(grants_of(acl, kind)):
        if request.action not in _granted(grant, kind, request, policies):
            continue
        found = _grantee(grant.get("Grantee", {}), request, policies, options)
        if found is None:
            continue
        match, holds = found
        holds = conj(when, holds)
        if holds is False:
            continue
        if record:
            record(Use(attached, grant_statement(index), allows=True, when=holds, match=match))
        field = {"exact": "r_exact", "account": "r_account", "service": "r_service"}[match.value]
        out = out._replace(**{field: disj(getattr(out, field), holds)})
    return out


def _granted(grant: Mapping[str, Any], kind: str, request: Request, policies: Policies) -> tuple[str, ...]:
    """The actions of one ACL permission (the table of R6.11)."""
    table = _OBJECT_GRANTS if kind == "ObjectAcl" else _BUCKET_GRANTS
    permission = grant.get("Permission", "")
    actions = sum(table.values(), ()) if permission == "FULL_CONTROL" else table.get(permission, ())
    if kind == "BucketAcl" and permission in ("WRITE", "FULL_CONTROL"):
        grantee = grant.get("Grantee", {}).get("ID")
        if grantee and policies.canonical_ids.get(grantee) == request.target.owner:
            actions += _OWNER_WRITES
    return actions


def _grantee(
    grantee: Mapping[str, Any],
    request: Request,
    policies: Policies,
    options: Options,
) -> tuple[MatchClass, Formula] | None:
    """How an ACL grantee covers the caller (R6.12)."""
    caller = request.caller
    uri = str(grantee.get("URI", ""))
    if uri == f"{_GROUP}s3/LogDelivery":
        is_delivery = caller.kind is CallerKind.SERVICE and caller.arn.startswith("logging.s3.")
        return (MatchClass.SERVICE, True) if is_delivery else None
    if uri in (f"{_GROUP}global/AllUsers", f"{_GROUP}global/AuthenticatedUsers"):
        signed = caller.is_iam or caller.kind is CallerKind.FOREIGN
        if not signed and not uri.endswith("AllUsers"):
            return None
        # R6.22, U-27: IgnorePublicAcls drops the group grants.
        ignored = False if options.ignore_public_access_block else _flag(request.settings, "IgnorePublicAcls")
        match = MatchClass.SERVICE if caller.kind is CallerKind.SERVICE else MatchClass.EXACT
        return match, neg(ignored)
    canonical = str(grantee.get("ID", ""))
    if canonical == BUCKET_OWNER:
        return _bucket_owner(request)
    account = policies.canonical_ids.get(canonical, f"canonical:{canonical}")
    return (MatchClass.ACCOUNT, True) if canonical and caller.account == account else None


def _bucket_owner(request: Request) -> tuple[MatchClass, Formula] | None:
    owner, caller = request.target.owner, request.caller
    if owner is None:
        return (MatchClass.ACCOUNT, owner_unknown()) if caller.is_iam else None
    return (MatchClass.ACCOUNT, True) if caller.account == owner else None


class _GrantStatement:
    """Just enough of a statement for evidence: an ACL grant has a position and allows."""

    __slots__ = ("index",)
    sid = None
    allows = True
    effect = "Allow"
    conditions = ()
    unreadable = False

    def __init__(self, index: int) -> None:
        self.index = index


def grant_statement(index: int) -> Any:
    """The evidence record of one ACL grant."""
    return _GrantStatement(index)


# --------------------------------------------------------------------------------------------------------- other rules


def _also(request: Request) -> tuple[Need, ...]:
    """Objects under a KMS key need the key, and copying reads what is copied (R1.8)."""
    if is_access_point(request.target.arn):
        return (bucket_need(request),) if is_data_request(request.action, request.target.arn) else ()
    needs: tuple[Need, ...] = ()
    if request.action == "s3:putobject" and "CopySource" in request.settings:
        source = request.settings["CopySource"]
        needs = (Need("s3:getobject", source["resource"] if source else None, "copy-source-not-given"),)
    if request.action not in _USES_KEY or "EncryptionKey" not in request.settings or "/" not in request.target.arn:
        return needs
    if request.settings["EncryptionKey"] is None:
        return (*needs, Need("kms:decrypt", None, "encryption-not-collected"))
    if key_of("s3", request.target, request.settings) is None:
        return needs
    actions: tuple[str, ...] = DECRYPT
    if request.action == "s3:putobject":
        actions = GENERATE_AND_DECRYPT if request.settings.get("Multipart") else GENERATE
    return (*needs, *key_needs("s3", request, actions, _encryption_context(request), KMS_GAP))


def _encryption_context(request: Request) -> EncryptionContext:
    """S3 names the object, or the bucket when it has a bucket key."""
    arn = request.target.arn
    bucket = arn.partition("/")[0]
    with_bucket_key = request.settings.get("BucketKeyEnabled", False)
    if with_bucket_key:
        return {"aws:s3:arn": known(bucket)}
    patterns = [request.target.pattern or Pattern(tuple(arn))]
    if with_bucket_key is None:
        patterns.append(Pattern(tuple(bucket)))
    elif request.target.pattern is None:
        return {"aws:s3:arn": known(arn)}
    return {"aws:s3:arn": unknown("kms:encryptioncontext:aws:s3:arn", may_be_absent=False, within=tuple(patterns))}


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    through = request.settings.get(THROUGH, "")
    if through or is_access_point(request.target.arn):
        if request.caller.kind is CallerKind.ANONYMOUS:
            return False, "access points take no unsigned requests"
        if not through or is_access_point(request.target.arn):
            return None
    owner = request.settings.get("ObjectOwner", request.target.owner)
    if (
        through
        and is_multi_region(through)
        and _acls_enabled(request.settings, Options()) is True
        and owner not in (None, request.target.owner)
    ):
        return False, "multi-Region access points don't reach objects that another account owns"
    if request.action in _POLICY_ACTIONS and relation is Relation.CROSS_ACCOUNT:
        return False, "only the bucket owner's account can read or change a bucket policy"
    key = request.settings.get("EncryptionKey")
    if is_managed("s3", key) and relation is Relation.CROSS_ACCOUNT and request.action in _USES_KEY and "/" in request.target.arn:
        return False, "objects under the AWS managed key `aws/s3` can't be used from another account"
    if request.action == "s3:putobject" and request.settings.get("ObjectOwnership") == "BucketOwnerEnforced":
        canned = request.context.state("s3:x-amz-acl").values
        given = request.context.facts.given
        grants = any(values for key, values in given.items() if key.startswith("s3:x-amz-grant-"))
        if grants or (canned and canned[0] != "bucket-owner-full-control"):
            return False, "the bucket does not accept ACLs (BucketOwnerEnforced)"
    return None


_TOLD_APART = (
    *(frozenset(actions) for table in (_BUCKET_GRANTS, _OBJECT_GRANTS) for actions in table.values()),
    frozenset(_OWNER_WRITES),
    _POLICY_ACTIONS,
    _BUCKET_OWNER_ACTIONS,
    _USES_KEY,
    frozenset(("s3:putobject",)),
)


def _holder(arn: str) -> str:
    """The bucket that an object is in, the access point that a request goes through."""
    if is_access_point(arn):
        return access_point_of(arn)
    return arn.partition("/")[0]


def _states(action: str, target: Target, settings: Mapping[str, Any]) -> Mapping[str, KeyState]:
    return key_states(target, settings) if is_data_request(action, target.arn) else {}


S3 = Rules(
    "s3",
    cases=_cases,
    states=_states,
    caller_side=caller_side,
    ruling=_ruling,
    told_apart=_TOLD_APART,
    never_across=some_of(_POLICY_ACTIONS),
    also=_also,
    holder=_holder,
    operations={"s3:copyobject": ("s3:putobject", "CopySource")},
    description=(
        "ACLs, object ownership and Block Public Access count; objects that another account owns follow its ACL alone; a bucket policy "
        "is read and changed by its own account only; an access point needs its own policy and its bucket's"
    ),
)
