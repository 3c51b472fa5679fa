"""An estate made ready to be asked: policies compiled once, and each question put together in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from xgraph.graph.model.arn import account_of, is_account_id, parse_arn
from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal, PrincipalKind, root_user
from xgraph.graph.model.resource import Resource, StoredObject
from xgraph.graph.policy.caller import ANONYMOUS, Caller, CallerKind, Target, at_home, read_caller, read_target
from xgraph.graph.policy.factors import Attached, LevelSet, Other, Policies, Request
from xgraph.graph.policy.keys import NO_ORGANIZATION, UNKNOWN_ORGANIZATION, Context, Facts, Membership
from xgraph.graph.policy.keystate import KeyState
from xgraph.graph.policy.services import bucket_behind, further_policies, is_access_point, rules_of

from .attach import compiled
from .doors import Doors
from .endpoints import Endpoints
from .others import Keys, Others, behind_access_point, behind_object_lambda, managed_keys
from .points import Points

ASSUME_ROLE = "sts:assumerole"
_KINDS = {PrincipalKind.USER: CallerKind.USER, PrincipalKind.ROLE: CallerKind.ROLE, PrincipalKind.ROOT: CallerKind.ROOT}


@dataclass(frozen=True, slots=True)
class Actor:
    """A node that makes requests. `principal` None: it is not one of the collected identities.

    `doors`: it has no credentials of its own and comes by those of roles. `home`: the account that it lies in, where the caller has
    none. `keys`: keys of its requests that are known. `gaps`: what was not read about it and could open further ways.
    """

    node: str
    caller: Caller
    principal: Principal | None = None
    doors: Doors | None = None
    home: str | None = None
    keys: Mapping[str, KeyState] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()

    @property
    def account(self) -> str | None:
        """The account that the node lies in, where it lies in one."""
        return self.home or self.caller.account

    @property
    def may_assume(self) -> bool:
        """Whether it can come by the credentials of a role at all."""
        return self.doors is not None or self.caller.kind is not CallerKind.ANONYMOUS


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked for, with the policy and settings of the resource. `known` False: its policy was not read. `more`: what else the
    call touches and is no collected resource as it stands, by ARN. `also`: further names of what is asked for."""

    node: str
    target: Target
    action: str
    policy: Attached | None
    known: bool
    settings: Mapping[str, Any]
    tags: Mapping[str, str] | None
    region: str | None
    resource: Resource | None = None
    more: Mapping[str, Other] = field(default_factory=dict)
    also: tuple[Target, ...] = ()

    @property
    def policies(self) -> tuple[Attached, ...]:
        """All policies on the resource: its own, and those that its settings hold."""
        further = further_policies(self.target.arn, self.settings) if self.settings else ()
        return (self.policy, *further) if self.policy else further


@dataclass(frozen=True, slots=True)
class Stated:
    """What the user says of a request: condition keys (lower case; None: not known). `only`: it has no others."""

    keys: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    only: bool = False


NOTHING_STATED = Stated()


class World:
    """One estate and a moment of analysis (`at`, ISO 8601, or None for "any time")."""

    def __init__(self, estate: Estate, at: str | None = None) -> None:
        self.estate = estate
        self.at = at
        self._attached: dict[str, tuple[Attached, ...]] = {}
        self._guards: dict[tuple[str, str], tuple[LevelSet, ...] | None] = {}
        self._memberships: dict[str, Membership] = {}
        self._tag_doors: dict[str, bool] = {}
        self._others = Others(self)

    # ------------------------------------------------------------------------------------------------------- actors

    def actor(self, principal: Principal, session: str | None = None) -> Actor:
        """The node of a collected identity; with `session`, that one session of a role."""
        caller = Caller(
            _KINDS[principal.kind],
            principal.arn,
            principal.account,
            partition_of(principal.arn),
            principal.name,
            session,
            principal.unique_id,
            principal.is_service_linked,
            principal.boundary is not None,
        )
        return Actor(caller.session_arn or principal.arn, caller, principal)

    @staticmethod
    def kind_of(principal: Principal) -> CallerKind:
        """The kind of caller that a collected identity is."""
        return _KINDS[principal.kind]

    def root(self, account: str) -> Actor:
        """The root user of an account."""
        known = self.estate.accounts.get(account)
        return self.actor(root_user(account, known.partition if known else "aws"))

    def anonymous(self) -> Actor:
        """The caller without credentials."""
        return Actor("anonymous", ANONYMOUS)

    def outsider(self, node: str) -> Actor | None:
        """A principal that was not collected: an ARN of a foreign account, `account:ID`, `canonical:ID`, `service:NAME`."""
        kind, _, rest = node.partition(":")
        if kind == "account" and is_account_id(rest):
            return Actor(node, Caller(CallerKind.FOREIGN, node, rest))
        if kind == "canonical":
            return Actor(node, Caller(CallerKind.FOREIGN, node, node))
        if kind == "service":
            return Actor(node, Caller(CallerKind.SERVICE, rest))
        if node == "any-aws-principal":
            return Actor(node, Caller(CallerKind.FOREIGN, node, None))
        caller = read_caller(node)
        return Actor(node, caller) if caller is not None and caller.is_iam else None

    # ------------------------------------------------------------------------------------------------------ policies

    def identity(self, principal: Principal) -> tuple[Attached, ...]:
        """Own, attached and group policies of an identity."""
        found = self._attached.get(principal.arn)
        if found is None:
            own = [Attached(p.name, PolicyType.IDENTITY, principal.arn, compiled(p)) for p in principal.policies]
            for arn in principal.groups:
                group = self.estate.groups.get(arn)
                if group is None:
                    own.append(Attached(arn, PolicyType.GROUP, arn, None))
                else:
                    own += [Attached(p.name, PolicyType.GROUP, arn, compiled(p)) for p in group.policies]
            found = self._attached[principal.arn] = tuple(own)
        return found

    def boundary(self, principal: Principal) -> tuple[Attached, ...]:
        """The permissions boundary, if any."""
        policy = principal.boundary
        return (Attached(policy.name, PolicyType.BOUNDARY, principal.arn, compiled(policy)),) if policy else ()

    def guards(self, account: str, kind: PolicyType) -> tuple[LevelSet, ...] | None:
        """The SCP or RCP levels over an account; None when they are not known."""
        key = (account, kind.value)
        if key not in self._guards:
            levels = self.estate.levels(account, kind.value)
            self._guards[key] = None if levels is None else tuple(LevelSet(x.target, _level(x.policies, kind, x.target)) for x in levels)
        return self._guards[key]

    def membership(self, account: str | None) -> Membership:
        """The organization of an account, as far as it is known."""
        if account is None or not is_account_id(account):
            return Membership(is_known=False, others=tuple(sorted(self.estate.organizations)))
        found = self._memberships.get(account)
        if found is None:
            found = self._memberships[account] = self._membership(account)
        return found

    def _membership(self, account: str) -> Membership:
        estate = self.estate
        organization = estate.organization_of(account)
        if organization is not None:
            path = estate.organization_path(account)[:-1]
            text = "/".join((organization.id, *path)) + "/"
            return Membership(organization.id, (text,), organization.management_account)
        if estate.states_no_organization:
            return NO_ORGANIZATION
        if not estate.organizations:
            return UNKNOWN_ORGANIZATION
        return Membership(is_known=False, others=tuple(sorted(estate.organizations)))

    def opens_tags(self, principal: Principal) -> bool:
        """R5.32: whether the trust policy lets callers pass session tags, so that the role's own tags may be overridden."""
        if principal.trust is None:
            return False
        text = principal.trust.document or ""
        found = self._tag_doors.get(text)
        if found is None:
            trust = compiled(principal.trust)
            found = trust is None or trust.unreadable or any(s.allows for s in trust.about("sts:tagsession"))
            self._tag_doors[text] = found
        return found

    # --------------------------------------------------------------------------------------------------------- goals

    def goal(self, node: str, action: str) -> Goal:
        """What `action` on `node` (an ARN, or a pattern of ARNs) meets."""
        action = action.lower()
        role = self.estate.principals.get(node)
        if role is not None and role.kind is PrincipalKind.ROLE:
            return self._role_goal(role, action)
        rules = rules_of(action.partition(":")[0])
        resource = self.estate.resources.get(rules.holder(node))
        target = read_target(node, action, resource.account if resource else None)
        if resource is None:
            settings = self._foreign_point(node)
            goal = Goal(node, target, action, None, known=not target.arn.startswith("arn:"), settings=settings, tags=None, region=None)
            return self._through(goal) if settings else goal
        settings = dict(rules.narrowed(resource.settings, node))
        if resource.type == "bucket":
            settings |= self._object_settings(resource, node.partition("/")[2])
            settings |= self._organization_block(resource)
        settings |= self.keys.resolved(target.service, settings)
        policy = resource.policy
        goal = Goal(
            node,
            target,
            action,
            Attached(policy.name, PolicyType.RESOURCE, resource.arn, compiled(policy)) if policy else None,
            known=True,
            settings=settings,
            tags=dict(resource.tags) if resource.tags is not None and _sends_tags(resource) else None,
            region=resource.region or None,
            resource=resource,
            more={**managed_keys(self, target.service, target, settings), **self._behind_lambda(target, settings)},
        )
        return self._through(goal) if is_access_point(node) else goal

    def _behind_lambda(self, target: Target, settings: Mapping[str, Any]) -> Mapping[str, Other]:
        return behind_object_lambda(settings, self) if target.service == "s3-object-lambda" else {}

    def _foreign_point(self, node: str) -> Mapping[str, Any]:
        """The settings of an access point that was not collected, as far as they follow from the buckets that speak of its account."""
        account = account_of(node) if is_access_point(node) else None
        buckets = self.points.behind(account) if account else ()
        if not buckets:
            return {}
        name = buckets[0].rpartition(":")[2]
        return {"AccessPoint": {"Bucket": {"name": name} if len(buckets) == 1 else {}}}

    def _through(self, point: Goal) -> Goal:
        """The goal of a request through an access point, with all that was collected of the bucket behind it (R6.34)."""
        arn = bucket_behind(point.target, point.settings)
        if arn is None:
            return point
        bucket = self.goal(arn, point.action)
        if bucket.resource is None:
            return replace(point, also=(bucket.target,))
        access_point = point.settings["AccessPoint"]
        record = {**access_point["Bucket"], **bucket.settings, "account": bucket.target.owner}
        settings = {**point.settings, "AccessPoint": {**access_point, "Bucket": record}}
        more = behind_access_point(point.target, settings, bucket, self)
        return replace(point, settings=settings, more=more, also=(bucket.target,))

    @cached_property
    def points(self) -> Points:
        """The access points by the buckets behind them."""
        return Points(self.estate)

    @cached_property
    def endpoints(self) -> Endpoints:
        """The VPC endpoints that were collected."""
        return Endpoints(self.estate.resources)

    @cached_property
    def keys(self) -> Keys:
        """The KMS keys that were collected."""
        return Keys(self.estate.resources)

    def _role_goal(self, role: Principal, action: str) -> Goal:
        target = read_target(role.arn, action, role.account)
        trust = role.trust
        attached = Attached(trust.name, PolicyType.TRUST, role.arn, compiled(trust)) if trust else None
        return Goal(role.arn, target, action, attached, known=trust is not None, settings={}, tags=dict(role.tags), region=None)

    def _organization_block(self, bucket: Resource) -> dict[str, Any]:
        """R6.20: Block Public Access by a policy of the organization."""
        found = self.estate.blocks_public_s3(bucket.account)
        levels = bucket.settings.get("PublicAccessBlock", {})
        return {"PublicAccessBlock": {**levels, "organization": found}} if found is not False and levels is not None else {}

    def _object_settings(self, bucket: Resource, key: str) -> dict[str, Any]:
        """What is known of one object; of "any object" nothing is, unless ACLs are off (R6.3)."""
        if not key:
            return {}
        found = next((one for one in bucket.objects if one.key == key), None)
        if found is not None:
            return _object(found)
        if bucket.settings.get("ObjectOwnership", "ObjectWriter") == "BucketOwnerEnforced":
            return {}
        return {"ObjectOwner": None, "ObjectAcl": None}

    # ----------------------------------------------------------------------------------------------------- questions

    def ask(self, actor: Actor, goal: Goal, stated: Stated = NOTHING_STATED) -> tuple[Request, Policies]:
        """The one place where a request is put together. `stated`: condition keys that the user says the request has."""
        if actor.doors is not None and goal.action in _ON_A_ROLE:
            actor, goal = _through(actor, actor.doors, goal)
        caller, principal = actor.caller, actor.principal
        passed, endpoint_type = self.endpoints.passed(stated.keys) if stated.keys else ((), "")
        target = at_home(goal.target, caller)
        account = caller.account if caller.account and is_account_id(caller.account) else None
        facts = Facts(
            caller,
            goal.action,
            target,
            principal_membership=self.membership(caller.account),
            resource_membership=self.membership(target.owner) if target.owner else UNKNOWN_ORGANIZATION,
            principal_tags=dict(principal.tags) if principal else None,
            open_tags=principal is not None and self.opens_tags(principal),
            resource_tags=goal.tags,
            object_tags=goal.settings.get("ObjectTags"),
            region=goal.region,
            at=self.at,
            given=stated.keys,
            given_only=stated.only,
            through_endpoint=bool(passed),
            endpoint_type=endpoint_type,
            stated={**rules_of(target.service).states(goal.action, target, goal.settings), **actor.keys},
        )
        foreign = None
        if principal is None and (caller.is_iam or caller.kind is CallerKind.FOREIGN):
            foreign = caller.account or ""
        policies = Policies(
            identity=self.identity(principal) if principal else (),
            boundary=self.boundary(principal) if principal else (),
            scps=self.guards(account, PolicyType.SCP) if account and self._is_ours(account) else (),
            rcps=self.rcps_over(target.owner),
            resource=goal.policy,
            resource_known=goal.known,
            foreign=foreign,
            canonical_ids=self.estate.canonical_ids,
            others=self._others.beside(goal.more),
            endpoint=passed,
        )
        return Request(caller, goal.action, target, Context(facts), goal.settings), policies

    def rcps_over(self, owner: str | None) -> tuple[LevelSet, ...] | None:
        """The RCPs over what an account owns, as far as they can matter."""
        return self.guards(owner, PolicyType.RCP) if owner and self._is_ours(owner) else ()

    def _is_ours(self, account: str) -> bool:
        """Whether the guardrails over the account can be known at all; those of strangers are their administrator's (R4.19)."""
        known = self.estate.accounts.get(account)
        return known is not None and (known.is_collected or known.organization is not None)


def _level(policies: tuple[Policy, ...] | None, kind: PolicyType, target: str) -> tuple[Attached, ...] | None:
    if policies is None:
        return None
    return tuple(Attached(p.name, kind, target, compiled(p), target) for p in policies)


def _object(found: StoredObject) -> dict[str, Any]:
    out: dict[str, Any] = {"ObjectOwner": found.owner, "ObjectAcl": found.acl}
    if found.tags is not None:
        out["ObjectTags"] = dict(found.tags)
    if found.key_id is not None:
        out["EncryptionKey"] = found.key_id
    return out


def _sends_tags(resource: Resource) -> bool:
    """S3 sends bucket tags only when attribute-based access control is on for the bucket."""
    return resource.service != "s3" or resource.settings.get("BucketAbac") == "Enabled"


@lru_cache(maxsize=65536)
def partition_of(arn: str) -> str:
    """The partition of an ARN."""
    parsed = parse_arn(arn)
    return parsed.partition if parsed else "aws"


# What is asked of a role on the way into it.
_ON_A_ROLE = (ASSUME_ROLE, "sts:tagsession", "sts:setsourceidentity")


def _through(actor: Actor, doors: Doors, goal: Goal) -> tuple[Actor, Goal]:
    """The request that a source without credentials of its own makes for those of a role."""
    door = doors.to(goal.node)
    if door is None:
        return actor, goal
    action = door.action if goal.action == ASSUME_ROLE else goal.action
    inside = replace(actor, caller=door.caller, doors=None, keys=door.keys)
    return inside, replace(goal, action=action, settings={**goal.settings, **door.settings})
