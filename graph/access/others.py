"""Further resources that a call touches (R1.8), found among what was collected: keys, and the buckets behind access points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.caller import Target
from xgraph.graph.policy.factors import Attached, Other
from xgraph.graph.policy.services import bucket_behind, bucket_settings, is_managed, managed_key, managed_key_policy, rules_of

from .attach import compiled

if TYPE_CHECKING:
    from .world import Goal, World


class Others(Mapping[str, Other]):
    """Every collected resource as a further resource of a call, by ARN; each is made when it is first asked for."""

    def __init__(self, world: World, more: Mapping[str, Other] | None = None, found: dict[str, Other] | None = None) -> None:
        self._world = world
        self._more = more or {}
        self._found = {} if found is None else found

    def beside(self, more: Mapping[str, Other]) -> Others:
        """These, and `more` of one goal."""
        return Others(self._world, more, self._found) if more else self

    def __getitem__(self, arn: str) -> Other:
        if arn in self._more:
            return self._more[arn]
        found = self._found.get(arn)
        if found is None:
            found = self._found[arn] = self._made(self._world.estate.resources[arn])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._world.estate.resources)

    def __len__(self) -> int:
        return len(self._world.estate.resources)

    def _made(self, resource: Resource) -> Other:
        policy = resource.policy
        return replace(
            around(self._world, resource.account),
            policy=Attached(policy.name, PolicyType.RESOURCE, resource.arn, compiled(policy)) if policy else None,
            settings=resource.settings,
            tags=dict(resource.tags) if resource.tags is not None else None,
        )


def around(world: World, account: str | None) -> Other:
    """A resource of the account without a policy: the RCPs over it and its organization."""
    return Other(account, rcps=world.rcps_over(account), membership=world.membership(account))


def managed_keys(world: World, service: str, target: Target, settings: Mapping[str, Any]) -> dict[str, Other]:
    """The AWS managed key that the data is under, by the pattern that stands for its ARN: its policy is known without reading it."""
    if not is_managed(service, settings.get("EncryptionKey")) or target.owner is None:
        return {}
    pattern = managed_key(target, settings)
    name = f"{pattern.removesuffix('key/*')}alias/aws/{service}"
    policy = Policy(f"{name}#resource-policy", json.dumps(managed_key_policy(target.owner), sort_keys=True))
    attached = Attached(policy.name, PolicyType.SERVICE_RULE, name, compiled(policy))
    return {pattern: replace(around(world, target.owner), policy=attached, settings={"KeyManager": "AWS"})}


def behind_access_point(target: Target, settings: Mapping[str, Any], bucket: Goal, world: World) -> dict[str, Other]:
    """The bucket or object that a request through an access point reaches, and its key. `settings`: the access point's."""
    arn = bucket_behind(target, settings)
    if arn is None or bucket.resource is None:
        return {}
    other = replace(around(world, bucket.target.owner), policy=bucket.policy, settings=bucket_settings(target, settings), tags=bucket.tags)
    return {arn: other, **bucket.more}


def behind_object_lambda(settings: Mapping[str, Any], world: World) -> dict[str, Other]:
    """The access point and the functions that an Object Lambda access point calls in the caller's name, with all that is behind them."""
    found: dict[str, Other] = {}
    point = str(settings.get("SupportingAccessPoint"))
    names = [(point, "s3:listbucket"), (f"{point}/object/*", "s3:getobject")] if point in world.estate.resources else []
    functions = (settings.get("Transformations") or {}).values()
    names += [(arn, "lambda:invokefunction") for arn in functions if rules_of("lambda").holder(arn) in world.estate.resources]
    for node, action in names:
        goal = world.goal(node, action)
        made = around(world, goal.target.owner)
        found |= {node: replace(made, policy=goal.policy, known=goal.known, settings=goal.settings, tags=goal.tags), **goal.more}
    return found


class Keys:
    """The KMS keys of an estate by the names that settings give them."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        keys = [one for one in resources.values() if one.service == "kms"]
        self._by_alias = {alias: key.arn for key in keys for alias in key.settings.get("Aliases") or ()}
        self._manager = {key.arn: key.settings.get("KeyManager") for key in keys}

    def resolved(self, service: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What `settings` say of their key, by its ARN where they name an alias, and who manages it where that was collected."""
        named = settings.get("EncryptionKey")
        if not isinstance(named, str) or not named.startswith("arn:"):
            return {}
        key = self._by_alias.get(named, named)
        manager = self._manager.get(key)
        if manager == "AWS":
            return {"EncryptionKey": f"aws/{service}", "KeyManager": manager}
        return {"EncryptionKey": key} if manager is None else {"EncryptionKey": key, "KeyManager": manager}
