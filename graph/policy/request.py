"""Self-contained requests: one JSON object that is its own world (docs/requests.md, contract section 11)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from sys import intern
from typing import Any

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.problem import Problem

from .authorize import authorize
from .caller import Caller, CallerKind, at_home, read_caller, read_target
from .decision import Decision
from .factors import Attached, LevelSet, Other, Policies, Request
from .keys import NO_ORGANIZATION, UNKNOWN_ORGANIZATION, Context, Facts, Membership
from .parse import parse, problems_in
from .services import rules_of
from .services._access_points import bucket_behind, bucket_record, bucket_settings, is_access_point
from .services._data_key import is_pattern, key_of, managed_key_policy
from .settings import UNKNOWN_SETTINGS, flaw_in
from .vain import vain_grants

FIELDS = frozenset(
    """principal action resource resource_account context context_complete organization resource_organization identity_policies
    permissions_boundaries session_policies service_control_policies resource_control_policies resource_policy
    vpc_endpoint_policies vpc_endpoint_type resource_settings""".split(),
)


class BadRequest(ValueError):
    """The request can't be read; the message says what is wrong."""


def decide(raw: Mapping[str, Any]) -> Decision:
    """The decision on one self-contained request. Raises BadRequest."""
    return decide_read(*read_request(raw))


def decide_read(request: Request, policies: Policies, problems: Iterable[Problem]) -> Decision:
    """The decision on a request that was read, with the problems of its policies."""
    # Problems have an order of their own but for the statement, which may be None.
    found = sorted(set(problems), key=lambda one: (one.code, one.policy, one.policy_type, one.statement or 0, one.text))
    return replace(authorize(request, policies), problems=tuple(found))


def read_request(raw: Mapping[str, Any]) -> tuple[Request, Policies, list[Problem]]:
    """The request, its policies and the problems in them. Raises BadRequest."""
    if not isinstance(raw, Mapping):
        raise BadRequest("a request is a JSON object")
    strange = sorted(str(field) for field in raw if field not in FIELDS)
    if strange:
        raise BadRequest(f"unknown field `{strange[0][:80]}`")
    action, resource = _text(raw, "action"), _text(raw, "resource")
    if ":" not in action:
        raise BadRequest(f"`{action}` is no action: it has no service prefix")
    reader = _Reader()
    caller = _caller(raw)
    settings = _settings(raw)
    operation = rules_of(action.partition(":")[0].lower()).operations.get(action.lower())
    if operation is not None:  # no action itself: asked as one, and what it also touches is not known unless the settings say it
        action, settings = operation[0], {operation[1]: None, **settings}
    owner = _owner(raw, resource) or _owner_in_acl(resource, settings)
    target = at_home(read_target(resource, action, owner), caller)
    policies = Policies(
        identity=reader.pool(raw, "identity_policies", PolicyType.IDENTITY, caller.arn),
        boundary=reader.pool(raw, "permissions_boundaries", PolicyType.BOUNDARY, caller.arn),
        session=reader.pool(raw, "session_policies", PolicyType.SESSION, caller.arn),
        scps=reader.levels(raw, "service_control_policies", PolicyType.SCP, raw.get("organization"), caller.account),
        rcps=reader.levels(raw, "resource_control_policies", PolicyType.RCP, raw.get("resource_organization"), target.owner),
        endpoint=reader.pool(raw, "vpc_endpoint_policies", PolicyType.ENDPOINT, "vpc-endpoint"),
        resource=reader.resource(raw, resource, action, target.owner),
        resource_known="resource_policy" not in raw or raw["resource_policy"] is not None,
        canonical_ids=dict(settings.get("CanonicalIds") or {}),
    )
    facts = Facts(
        caller,
        intern(action.lower()),
        target,
        principal_membership=_membership(raw, "organization"),
        resource_membership=_membership(raw, "resource_organization"),
        resource_tags=_tags(settings, target.service),
        object_tags=settings.get("ObjectTags"),
        region=settings.get("Region"),
        through_endpoint=bool(raw.get("vpc_endpoint_policies")),  # null: it is not known whether there is one
        endpoint_type=_endpoint_type(raw),
        given=read_context(_object(raw, "context") or {}),
        given_only=_flag(raw, "context_complete"),
        stated=rules_of(target.service).states(action.lower(), target, settings),
    )
    request = Request(caller, facts.action, target, Context(facts), settings)
    return request, replace(policies, others=reader.others(request, policies)), reader.problems


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = raw.get(field)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"`{field}` is missing or no text")
    return value


def _object(raw: Mapping[str, Any], field: str) -> Mapping[str, Any] | None:
    value = raw.get(field)
    if value is not None and not isinstance(value, Mapping):
        raise BadRequest(f"`{field}` is no object")
    return value


def _flag(raw: Mapping[str, Any], field: str) -> bool:
    value = raw.get(field, False)
    if not isinstance(value, bool):
        raise BadRequest(f"`{field}` is neither `true` nor `false`")
    return value


def _endpoint_type(raw: Mapping[str, Any]) -> str:
    value = raw.get("vpc_endpoint_type")
    if value not in (None, "Gateway", "Interface"):
        raise BadRequest("`vpc_endpoint_type` is neither `Gateway` nor `Interface`")
    return value or ""


def _settings(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the resource; all unknown when the field is null."""
    if "resource_settings" in raw and raw["resource_settings"] is None:
        return UNKNOWN_SETTINGS
    settings = _object(raw, "resource_settings") or {}
    flaw = flaw_in(settings)
    if flaw is not None:
        raise BadRequest(flaw)
    return settings


def read_context(context: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """Stated condition keys in lower case; None stands for a value that is not known. Raises BadRequest."""
    found: dict[str, tuple[str, ...] | None] = {}
    for key, value in context.items():
        if key.lower() in found:
            raise BadRequest(f"the key `{key}` stands twice in `context`")
        found[intern(key.lower())] = None if value is None else _values(key, value)
    return found


def _values(key: str, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(item, (str, int, float, bool)) for item in items):
        raise BadRequest(f"the value of `{key}` in `context` is neither text nor a list of texts")
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _owner(raw: Mapping[str, Any], resource: str) -> str | None:
    owner = raw.get("resource_account")
    if owner is not None and not (isinstance(owner, str) and is_account_id(owner)):
        raise BadRequest("`resource_account` is no 12-digit account id")
    if owner is None and "resource_account" not in raw:
        arn = parse_arn(resource)
        if arn and arn.service in ("s3", "iam") and arn.account == "aws":
            return None
    return owner


def _owner_in_acl(resource: str, settings: Mapping[str, Any]) -> str | None:
    """R6.1: the ACL of a bucket names its owner."""
    if not resource.startswith("arn:") or ":s3:::" not in resource:
        return None
    acl = settings.get("BucketAcl")
    owner = (acl.get("Owner") or {}).get("ID") if isinstance(acl, Mapping) else None  # a canned ACL does not name it
    return (settings.get("CanonicalIds") or {}).get(owner) if owner else None


# R2.39: the identity providers that a trust policy names by their host.
_BUILT_IN_PROVIDERS = frozenset(("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"))


def _caller(raw: Mapping[str, Any]) -> Caller:
    text = _text(raw, "principal")
    if text in _BUILT_IN_PROVIDERS and _text(raw, "action").lower() == "sts:assumerolewithwebidentity":
        return Caller(CallerKind.OIDC, text)
    caller = read_caller(text, has_boundary=bool(raw.get("permissions_boundaries")))
    if caller is None:
        arn = parse_arn(text)
        if arn is not None and arn.service == "iam" and arn.resource.startswith(("oidc-provider/", "saml-provider/")):
            kind = CallerKind.OIDC if arn.resource.startswith("oidc") else CallerKind.SAML
            return Caller(kind, text, None, arn.partition)
        raise BadRequest(f"`{text}` is no principal")
    context = {key.lower(): value for key, value in (_object(raw, "context") or {}).items()}
    return _of_id(_of_arn(caller, context.get("aws:principalarn")), context.get("aws:userid"))


def _of_arn(caller: Caller, stated: Any) -> Caller:
    """R1.6: the context may tell the path of a session's role."""
    named = read_caller(stated) if isinstance(stated, str) and not caller.path_known else None
    if named is None or named.kind is not CallerKind.ROLE:
        return caller
    return replace(caller, arn=stated, is_service_linked=named.is_service_linked, path_known=True)


def _of_id(caller: Caller, stated: Any) -> Caller:
    """R2.36: the context may tell the id that AWS gave the user or role, which a policy may still name."""
    if not isinstance(stated, str) or caller.kind not in (CallerKind.USER, CallerKind.ROLE):
        return caller
    return replace(caller, unique_id=stated.partition(":")[0])


def _membership(raw: Mapping[str, Any], field: str) -> Membership:
    if field in raw and raw[field] is None:
        return UNKNOWN_ORGANIZATION
    value = _object(raw, field)
    if value is None:
        return NO_ORGANIZATION
    paths = value.get("paths") or ()
    texts = (paths,) if isinstance(paths, str) else paths
    if not isinstance(texts, (list, tuple)) or not all(isinstance(path, str) for path in texts):
        raise BadRequest(f"`paths` of `{field}` is no list of texts")
    for name in ("id", "management_account"):
        if not isinstance(value.get(name) or "", str):
            raise BadRequest(f"`{name}` of `{field}` is no text")
    is_told = value.get("management_account", "") is not None
    return Membership(value.get("id") or "", tuple(texts), value.get("management_account") or "", management_known=is_told)


def _tags(settings: Mapping[str, Any], service: str) -> Mapping[str, str] | None:
    if service == "s3" and settings.get("BucketAbac") != "Enabled":
        return None
    tags = settings.get("Tags")
    return dict(tags) if tags is not None else None


def _as_text(document: Any, name: str) -> str:
    try:
        return json.dumps(document, sort_keys=True)
    except RecursionError as error:
        raise BadRequest(f"`{name[:80]}` is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise BadRequest(f"`{name[:80]}` is no JSON") from error


@lru_cache(maxsize=16384)
def _shared(levels: tuple[LevelSet, ...]) -> tuple[LevelSet, ...]:
    """The same levels stand above every account of an organizational unit: equal ones are one object."""
    return levels


class _Reader:
    """Reads policies and keeps the problems that they show."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attached(self, raw: Any, kind: PolicyType, where: str, name: str, level: str | None = None) -> Attached:
        if isinstance(raw, Mapping) and "document" in raw and "Statement" not in raw:
            name = str(raw.get("name", name))
            raw = raw["document"]
        if raw is None:
            return Attached(name, kind, where, None, level)
        text = raw if isinstance(raw, str) else _as_text(raw, name)
        self.problems += problems_in(text, name, kind)
        return Attached(name, kind, where, parse(text).compiled, level)

    def pool(self, raw: Mapping[str, Any], field: str, kind: PolicyType, where: str) -> tuple[Attached, ...] | None:
        value = raw.get(field, [])
        if value is None:
            return None
        if not isinstance(value, list):
            raise BadRequest(f"`{field}` is no list")
        return tuple(self.attached(item, kind, where, f"{field}[{i}]") for i, item in enumerate(value))

    def levels(
        self,
        raw: Mapping[str, Any],
        field: str,
        kind: PolicyType,
        organization: Any,
        account: str | None,
    ) -> tuple[LevelSet, ...] | None:
        value = raw.get(field, [])
        if isinstance(organization, Mapping) and account is not None and organization.get("management_account") == account:
            return ()  # R4.40, R4.50: the management account is never limited
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(level, Mapping) for level in value):
            raise BadRequest(f"`{field}` is no list of levels `{{target, policies}}`")
        return _shared(tuple(self._level(level, field, i, kind) for i, level in enumerate(value)))

    def _level(self, level: Mapping[str, Any], field: str, index: int, kind: PolicyType) -> LevelSet:
        target = str(level.get("target", f"{field}[{index}]"))
        policies = level.get("policies", [])
        if policies is None:
            return LevelSet(target, None)
        if not isinstance(policies, list):
            raise BadRequest(f"`policies` of `{target}` in `{field}` is no list")
        return LevelSet(target, tuple(self.attached(p, kind, target, f"{target}[{i}]", target) for i, p in enumerate(policies)))

    def resource(self, raw: Mapping[str, Any], resource: str, action: str, owner: str | None) -> Attached | None:
        value = raw.get("resource_policy")
        if value is None:
            return None
        is_role = ":role/" in resource and action.lower().startswith("sts:")
        kind, part = (PolicyType.TRUST, "trust") if is_role else (PolicyType.RESOURCE, "resource-policy")
        attached = self.attached(value, kind, resource, f"{resource}#{part}")
        self.problems += vain_grants(attached, action.partition(":")[0].lower(), owner)
        return attached

    def others(self, request: Request, policies: Policies) -> dict[str, Other]:
        """The further resources that the settings describe, by ARN (docs/requests.md)."""
        settings, found = request.settings, dict[str, Other]()
        here = Other(request.target.owner, rcps=policies.rcps, membership=request.context.facts.resource_membership)
        key = key_of(request.target.service, request.target, settings)
        if key is not None and is_pattern(key):
            found |= self._managed(request, key, here)
        elif key is not None and "Key" in settings and ":key/" in key:
            found[key] = self._other(settings["Key"], key, here)
        for arn, record in (settings.get("Keys") or {}).items():
            found[arn] = self._other(record, arn, here)
        source = settings.get("CopySource")
        if source is not None:
            found |= self._source(source, request, policies, here)
        bucket = bucket_behind(request.target, settings) if is_access_point(request.target.arn) else None
        if bucket is not None:
            found |= self._bucket(bucket, request, policies, here)
        return found

    def _bucket(self, arn: str, request: Request, policies: Policies, here: Other) -> dict[str, Other]:
        """The bucket behind an access point, with its own key."""
        settings = bucket_settings(request.target, request.settings)
        other = replace(self._other(bucket_record(request.settings), arn, here), settings=settings, tags=_tags(settings, "s3"))
        there = replace(request, target=read_target(arn, request.action, other.owner), settings=settings)
        return {arn: other, **self.others(there, replace(policies, rcps=other.rcps))}

    def _managed(self, request: Request, key: str, here: Other) -> dict[str, Other]:
        if here.owner is None:
            return {}
        name = f"{key.removesuffix('key/*')}alias/aws/{request.target.service}"
        policy = self.attached(managed_key_policy(here.owner), PolicyType.SERVICE_RULE, name, f"{name}#resource-policy")
        return {key: replace(here, policy=policy, settings={"KeyManager": "AWS"})}

    def _source(self, source: Mapping[str, Any], request: Request, policies: Policies, here: Other) -> dict[str, Other]:
        """What is copied, with its own key."""
        arn, settings = source["resource"], source.get("settings") or {}
        other = replace(self._other(source, arn, here), settings=settings, tags=_tags(settings, "s3"))
        target = read_target(arn, "s3:getobject", other.owner)
        there = replace(request, target=target, settings={name: value for name, value in settings.items() if name != "CopySource"})
        return {arn: other, **self.others(there, replace(policies, rcps=other.rcps))}

    def _other(self, record: Mapping[str, Any] | None, arn: str, here: Other) -> Other:
        """One further resource; null: nothing is known of it but its ARN. What it leaves out is as for the resource asked for."""
        parsed = parse_arn(arn)
        owner = parsed.account if parsed and is_account_id(parsed.account) else here.owner
        if record is None:
            around = here if owner == here.owner else Other(owner, rcps=None, membership=UNKNOWN_ORGANIZATION)
            return replace(around, owner=owner, known=False, settings={"Grants": None})
        owner, policy = record.get("account", owner), record.get("policy")
        is_home = owner == here.owner
        return Other(
            owner,
            None if policy is None else self.attached(policy, PolicyType.RESOURCE, arn, f"{arn}#resource-policy"),
            known="policy" not in record or policy is not None,
            rcps=here.rcps
            if is_home
            else self.levels(record, "resource_control_policies", PolicyType.RCP, record.get("organization"), owner),
            membership=here.membership if is_home else _membership(record, "organization"),
            settings=record,
            tags=record.get("Tags"),
        )
