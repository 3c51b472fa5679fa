"""Changes to what limits or grants access and is no identity, bucket or policy of one resource: as the answers to AWS's calls.

Each function puts one thing into an overlay. A value is UNREAD when nobody knows it before the deployment, None when there is none.
INVARIANT (unknown stays unknown): then the call that would tell it was not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._book import Sheet
from xgraph.ingest.imports._overlay import UNKNOWN, Overlay, Where
from xgraph.ingest.imports._source import document_text
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.snapshot.layout import GLOBAL, ORGANIZATIONS

Given = Mapping[str, Any]


def text_of(document: Any) -> Any:
    """A document as text; None and UNREAD as they are."""
    return document if document is None or document is UNREAD else document_text(document)


def in_list(sheet: Sheet, call: str, key: str, parameters: Given, entry: Mapping[str, Any] | None, such: Callable[[Any], bool]) -> None:
    """Puts an entry into the list that a call answers with, in the place of those that are `such`; None takes these away."""
    entries = sheet.entries(call, key, UNKNOWN, parameters)
    entries[:] = [each for each in entries if not such(each)]
    if entry is not None:
        entries.append(dict(entry))


def not_tried(sheet: Sheet, call: str, parameters: Given) -> None:
    """Says that nobody knows what a call would answer."""
    sheet.ended(Outcome.NOT_TRIED, call, parameters, UNKNOWN)


def told(sheet: Sheet, call: str, parameters: Given, key: str, text: Any) -> None:
    """The answer to a call that tells one document."""
    if text is UNREAD:
        not_tried(sheet, call, parameters)
    elif text is None:
        sheet.ended(Outcome.EMPTY, call, parameters)
    else:
        sheet.ok(call, parameters, {key: text})


# ---------------------------------------------------------------------------------------- policies of an account and region


def registry_policy(overlay: Overlay, where: Where, document: Any) -> None:
    """Sets the policy of the ECR registry."""
    told(overlay.book.at(where.account, "ecr", where.region), "get_registry_policy", {}, "policyText", text_of(document))


def catalog_policy(overlay: Overlay, where: Where, document: Any) -> None:
    """Sets the policy of the Glue catalog; what RAM shares add stays."""
    sheet = overlay.book.at(where.account, "glue", where.region)
    own = (sheet.answer("get_resource_policy") or {}).get("PolicyInJson")
    shared = sheet.answer("get_resource_policies")
    if shared is not None and own is not None:
        listed = shared.get("GetResourcePoliciesResponseList") or []
        shared["GetResourcePoliciesResponseList"] = [each for each in listed if each.get("PolicyInJson") != own]
    told(sheet, "get_resource_policy", {}, "PolicyInJson", text_of(document))


def account_policy(overlay: Overlay, where: Where, service: str, name: Any, document: Any) -> None:
    """Puts one of the policies that CloudWatch Logs or X-Ray keeps for an account and region, by its name."""
    call, key, named, held = {
        "logs": ("describe_resource_policies", "resourcePolicies", "policyName", "policyDocument"),
        "xray": ("list_resource_policies", "ResourcePolicies", "PolicyName", "PolicyDocument"),
    }[service]
    sheet = overlay.book.at(where.account, service, where.region)
    if document is UNREAD or name is UNREAD:
        not_tried(sheet, call, {})
        return
    entry = None if document is None else {named: name, held: text_of(document)}
    in_list(sheet, call, key, {}, entry, lambda each: each.get(named) == name)


def identity_policy(overlay: Overlay, where: Where, identity: Any, name: Any, document: Any) -> None:
    """Puts one of the sending authorization policies of an SES identity."""
    if identity is UNREAD or not identity:
        overlay.gap(where, "sesv2", where.region, "list_resources", "which identity it is about")
        return
    sheet = overlay.book.at(where.account, "sesv2", where.region)
    ident = str(identity).rpartition("identity/")[2]
    entries = sheet.entries("list_email_identities", "EmailIdentities", UNKNOWN)
    is_known = any(each.get("IdentityName") == ident for each in entries)
    if not is_known:
        entries.append({"IdentityName": ident})
    at = {"EmailIdentity": ident}
    before = sheet.answer("get_email_identity_policies", at)
    if document is UNREAD or name is UNREAD or (before is None and is_known):
        not_tried(sheet, "get_email_identity_policies", at)
        return
    held = {key: text for key, text in ((before or {}).get("Policies") or {}).items() if key != name}
    sheet.ok("get_email_identity_policies", at, {"Policies": {**held, **({} if document is None else {name: text_of(document)})}})


def signing_permission(overlay: Overlay, where: Where, profile: Any, statement: Given) -> None:
    """Puts a permission on a signing profile, or takes it away where it has no `action`. Keys as in AWS's answer."""
    if profile is UNREAD or not profile:
        overlay.gap(where, "signer", where.region, "list_resources", "which signing profile it is about")
        return
    sheet, at = overlay.book.at(where.account, "signer", where.region), {"profileName": str(profile)}
    entries = sheet.entries("list_signing_profiles", "profiles", UNKNOWN)
    if not any(each.get("profileName") == profile for each in entries):
        entries.append({"profileName": profile, "arn": where.arn("signer", f"/signing-profiles/{profile}")})
    if UNREAD in statement.values():
        not_tried(sheet, "list_profile_permissions", at)
        return
    entry = statement if statement.get("action") else None
    ident = statement.get("statementId")
    in_list(sheet, "list_profile_permissions", "permissions", at, entry, lambda each: each.get("statementId") == ident)


# --------------------------------------------------------------------------------------------------------- Lambda, KMS, S3


def function_url(overlay: Overlay, where: Where, function: Any, qualifier: str, auth: Any) -> None:
    """Gives a function or one of its aliases a URL with this kind of authentication; None takes it away."""
    if function is UNREAD or not function:
        overlay.gap(where, "lambda", where.region, "list_resources", "which function it is about")
        return
    name = str(function).rpartition(":function:")[2].partition(":")[0]
    sheet, at = overlay.book.at(where.account, "lambda", where.region), {"FunctionName": name}
    arn = where.arn("lambda", f"function:{name}") + (f":{qualifier}" if qualifier else "")
    if auth is UNREAD:
        not_tried(sheet, "list_function_url_configs", at)
        return
    entry = None if auth is None else {"FunctionArn": arn, "AuthType": auth}
    in_list(sheet, "list_function_url_configs", "FunctionUrlConfigs", at, entry, lambda each: each.get("FunctionArn") == arn)


def qualified_policy(overlay: Overlay, where: Where, function: Any, qualifier: str) -> None:
    """Says that the policy of an alias or version of a function is not known."""
    if function is UNREAD or not function:
        overlay.gap(where, "lambda", where.region, "list_resources", "which function it is about")
        return
    name = str(function).rpartition(":function:")[2].partition(":")[0]
    not_tried(overlay.book.at(where.account, "lambda", where.region), "get_policy", {"FunctionName": name, "Qualifier": qualifier})
    overlay.gap(where, "lambda", where.region, "list_resources", f"what the policy of `{name}:{qualifier}` says")


def layer_policy(overlay: Overlay, where: Where, layer: Any, version: Any) -> None:
    """Says that the policy of a version of a layer is not known."""
    name = str(layer).rpartition(":layer:")[2].partition(":")[0] if isinstance(layer, str) else ""
    if name and str(version).isdecimal():
        sheet = overlay.book.at(where.account, "lambda", where.region)
        not_tried(sheet, "get_layer_version_policy", {"LayerName": name, "VersionNumber": int(version)})
    overlay.gap(where, "lambda", where.region, "list_resources", "what the policy of its layer says")


def grant(overlay: Overlay, where: Where, key: Any, ident: str, given: Given) -> None:
    """Puts a grant on a KMS key; no `Operations` takes it away. Keys as in AWS's answer."""
    parsed = None if key is UNREAD or not key else parse_arn(str(key) if str(key).startswith("arn:") else where.arn("kms", f"key/{key}"))
    if parsed is None or not parsed.resource.startswith("key/"):
        overlay.gap(where, "kms", where.region, "list_resources", "which key it is about")
        return
    sheet, at = overlay.book.at(parsed.account, "kms", parsed.region), {"KeyId": parsed.resource.removeprefix("key/")}
    if UNREAD in given.values() or (sheet.answer("list_grants", at) is None and sheet.has("list_grants", at)):
        not_tried(sheet, "list_grants", at)
        return
    entry = {"GrantId": ident, **given} if given.get("Operations") else None
    in_list(sheet, "list_grants", "Grants", at, entry, lambda each: each.get("GrantId") == ident)


_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def access_point(overlay: Overlay, where: Where, name: str, given: Given | None) -> None:
    """Puts an S3 access point; None removes it. Keys: `Bucket`, `BucketAccountId`, `VpcConfiguration`, `Block`, `Policy`."""
    sheet, here = overlay.book.at(where.account, "s3control", where.region), {"AccountId": where.account}
    arn, at = where.arn("s3", f"accesspoint/{name}"), {**here, "Name": name}
    if given is None:
        in_list(sheet, "list_access_points", "AccessPointList", here, None, lambda each: each.get("Name") == name)
        return
    if given.get("Bucket") is UNREAD:
        overlay.gap(where, "s3control", where.region, "list_resources", "the bucket behind its access point")
        return
    vpc = given.get("VpcConfiguration")
    entry = {"Name": name, "AccessPointArn": arn, "Bucket": given["Bucket"], "NetworkOrigin": "VPC" if vpc else "Internet"}
    entry |= {"VpcConfiguration": vpc} if isinstance(vpc, Mapping) else {}
    entry |= {"BucketAccountId": given["BucketAccountId"]} if isinstance(given.get("BucketAccountId"), str) else {}
    in_list(sheet, "list_access_points", "AccessPointList", here, entry, lambda each: each.get("Name") == name)
    block = given.get("Block", dict.fromkeys(_BLOCK, True))
    if block is UNREAD:
        not_tried(sheet, "get_access_point", at)
    else:
        sheet.ok("get_access_point", at, {"Name": name, "Bucket": given["Bucket"], "PublicAccessBlockConfiguration": block})
    told(sheet, "get_access_point_policy", at, "Policy", text_of(given.get("Policy")))


def access_point_policy(overlay: Overlay, where: Where, point: Any, document: Any) -> None:
    """Sets the policy of an S3 access point, named by its ARN."""
    parsed = parse_arn(point) if isinstance(point, str) else None
    if parsed is None or not parsed.resource.startswith("accesspoint/"):
        overlay.gap(where, "s3control", where.region, "list_resources", "which access point it is about")
        return
    at = {"AccountId": parsed.account, "Name": parsed.resource.removeprefix("accesspoint/")}
    told(overlay.book.at(parsed.account, "s3control", parsed.region), "get_access_point_policy", at, "Policy", text_of(document))


# ------------------------------------------------------------------------------------------------- shared by lists, or by RAM


def share(overlay: Overlay, where: Where, call: str, parameters: Given, key: str, entry: Given | None, *, on: bool = True) -> None:
    """Puts an entry into the list of those whom a snapshot, image, document or endpoint service of EC2 is shared with."""
    sheet = overlay.book.at(where.account, "ec2", where.region)
    if entry is None or UNREAD in (*parameters.values(), *entry.values()):
        overlay.gap(where, "ec2", where.region, "list_resources", "what it shares, or with whom")
        if UNREAD not in parameters.values():
            not_tried(sheet, call, parameters)
    elif sheet.answer(call, parameters) is None:
        overlay.gap(where, "ec2", where.region, "list_resources", "whom else its resource is shared with")
    else:
        in_list(sheet, call, key, parameters, entry if on else None, lambda each: each == entry)


def shared_by_ram(overlay: Overlay, where: Where, arn: Any) -> None:
    """Says that a resource may be shared, in a way that nobody knows: AWS makes the policy of a share."""
    parsed = parse_arn(arn) if isinstance(arn, str) else None
    if parsed is None:
        overlay.gap(where, "ram", where.region, "list_resources", "what it shares")
        return
    region = parsed.region or where.region
    sheet, own = overlay.book.at(parsed.account or where.account, "ram", region), {"resourceOwner": "SELF"}
    if not any(each.get("arn") == arn for each in sheet.entries("list_resources", "resources", UNKNOWN, own)):
        in_list(sheet, "list_resources", "resources", own, {"arn": arn}, lambda _: False)
    not_tried(sheet, "get_resource_policies", {"resourceArns": [arn]})
    overlay.said.append(f"`{where.label}`: what its share lets others do with `{arn}` is {UNKNOWN}")


# ----------------------------------------------------------------------------------------------------------- the organization


def organization_sheet(overlay: Overlay, where: Where) -> Sheet | None:
    """The answers about the organization of an account; a sentence when the snapshot has none of it."""
    sheets = [overlay.book.at(place.account, ORGANIZATIONS) for place in overlay.book.places() if place.service == ORGANIZATIONS]
    found = [sheet for sheet in sheets if sheet.asked == where.account] or sheets
    if len(found) == 1:
        return found[0]
    overlay.said.append(
        f"`{where.label}`: the snapshot has no organization of account `{where.account}`: what this policy limits is not known"
    )
    return None


def organization_policy(overlay: Overlay, where: Where, ident: str, kind: Any, content: Any) -> None:
    """Puts a policy of an organization (`kind` as AWS calls its type); None as `content` removes it."""
    sheet = organization_sheet(overlay, where)
    if sheet is None:
        return
    if kind is UNREAD:
        for each in ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"):
            not_tried(sheet, "list_policies", {"Filter": each})
        return
    at, summary = {"PolicyId": ident}, {"Id": ident, "Arn": _policy_arn(sheet, ident, str(kind)), "Name": where.label, "Type": kind}
    if sheet.answer("list_policies", {"Filter": kind}) is None and not _is_none(sheet, str(kind)):
        overlay.said.append(f"`{where.label}`: the policies of type `{kind}` are not known, so neither is what this one changes")
        return
    known = next(
        (each for each in (sheet.answer("list_policies", {"Filter": kind}) or {}).get("Policies", []) if each.get("Id") == ident), None
    )
    entry = None if content is None else known or summary
    in_list(sheet, "list_policies", "Policies", {"Filter": kind}, entry, lambda each: each.get("Id") == ident)
    if content is None:
        sheet.drop("describe_policy", at)
        sheet.drop("list_targets_for_policy", at)
        return
    if sheet.answer("list_targets_for_policy", at) is None and known is None:
        sheet.ok("list_targets_for_policy", at, {"Targets": []})
    if content is UNREAD:
        not_tried(sheet, "describe_policy", at)
    else:
        sheet.ok("describe_policy", at, {"Policy": {"PolicySummary": entry, "Content": text_of(content)}})


def _is_none(sheet: Sheet, kind: str) -> bool:
    return any(row.call == "list_policies" and kind in row.parameters and row.outcome is Outcome.EMPTY for row in sheet.rows())


def _policy_arn(sheet: Sheet, ident: str, kind: str) -> str:
    return f"arn:aws:organizations::{sheet.asked}:policy/{sheet.place.account}/{kind.lower()}/{ident}"


def policy_target(overlay: Overlay, where: Where, ident: Any, target: Any, *, on: bool) -> None:
    """Attaches a policy of an organization to a root, unit or account, or takes it off."""
    sheet = organization_sheet(overlay, where)
    if sheet is None:
        return
    if ident is UNREAD or not ident:
        for kind in ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"):
            not_tried(sheet, "list_policies", {"Filter": kind})
        overlay.said.append(f"`{where.label}`: which policy it attaches is {UNKNOWN}, so what is attached anywhere is not known")
        return
    at = {"PolicyId": str(ident)}
    if target is UNREAD or not target or sheet.answer("list_targets_for_policy", at) is None:
        not_tried(sheet, "list_targets_for_policy", at)
        overlay.said.append(f"`{where.label}`: what it attaches the policy `{ident}` to is {UNKNOWN}")
        return
    entry = {"TargetId": str(target)} if on else None
    in_list(sheet, "list_targets_for_policy", "Targets", at, entry, lambda each: each.get("TargetId") == target)


def delegation_policy(overlay: Overlay, where: Where, document: Any) -> None:
    """Sets the resource policy of the organization."""
    sheet = organization_sheet(overlay, where)
    if sheet is None:
        return
    if document is UNREAD or document is None:
        told(sheet, "describe_resource_policy", {}, "ResourcePolicy", document)
    else:
        sheet.ok("describe_resource_policy", {}, {"ResourcePolicy": {"Content": text_of(document)}})


# -------------------------------------------------------------------------------------------------- providers, Identity Center


def oidc_provider(overlay: Overlay, where: Where, url: Any, *, on: bool) -> None:
    """Registers a provider of OpenID Connect, or removes it."""
    if not isinstance(url, str):
        overlay.gap(where, "iam", GLOBAL, "list_resources", "the URL of its provider")
        return
    arn = f"arn:{where.partition}:iam::{where.account}:oidc-provider/{url.removeprefix('https://')}"
    sheet = overlay.book.at(where.account, "iam")
    entry = {"Arn": arn} if on else None
    in_list(sheet, "list_open_id_connect_providers", "OpenIDConnectProviderList", {}, entry, lambda each: each.get("Arn") == arn)


def saml_provider(overlay: Overlay, where: Where, name: Any, *, on: bool) -> None:
    """Registers a provider of SAML, or removes it."""
    if not isinstance(name, str):
        overlay.gap(where, "iam", GLOBAL, "list_resources", "the name of its provider")
        return
    arn = f"arn:{where.partition}:iam::{where.account}:saml-provider/{name}"
    entry = {"Arn": arn} if on else None
    in_list(
        overlay.book.at(where.account, "iam"), "list_saml_providers", "SAMLProviderList", {}, entry, lambda each: each.get("Arn") == arn
    )


def assignment(overlay: Overlay, where: Where, given: Given, *, on: bool) -> None:
    """Assigns a permission set. Keys: `InstanceArn`, and those of AWS's answer."""
    sheet = _instance(overlay, given.get("InstanceArn"))
    of_answer = ("AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId")
    entry = {key: given.get(key) for key in of_answer}
    if sheet is None or UNREAD in (*entry.values(), given.get("InstanceArn")):
        overlay.gap(where, "sso-admin", where.region or GLOBAL, "list_resources", "whom it assigns what")
        return
    at = {"InstanceArn": given["InstanceArn"], "PermissionSetArn": entry["PermissionSetArn"]}
    accounts = sheet.entries("list_accounts_for_provisioned_permission_set", "AccountIds", UNKNOWN, at)
    if on and entry["AccountId"] not in accounts:
        accounts.append(entry["AccountId"])
        sheet.ok("list_account_assignments", {**at, "AccountId": entry["AccountId"]}, {"AccountAssignments": []})
    here = {**at, "AccountId": entry["AccountId"]}
    in_list(sheet, "list_account_assignments", "AccountAssignments", here, entry if on else None, lambda each: each == entry)


def permission_set(overlay: Overlay, where: Where, instance: Any, arn: Any) -> None:
    """Says that what a permission set allows is not known: the roles that stand for it have a policy that was not read."""
    sheet = _instance(overlay, instance)
    at = {"InstanceArn": instance, "PermissionSetArn": arn}
    found = None if sheet is None or UNREAD in at.values() else sheet.answer("describe_permission_set", at)
    if sheet is None or found is None:
        overlay.gap(where, "iam", GLOBAL, "list_resources", "which permission set it is about")
        return
    name = f"AWSReservedSSO_{(found.get('PermissionSet') or {}).get('Name')}_"
    for account in (sheet.answer("list_accounts_for_provisioned_permission_set", at) or {}).get("AccountIds", []):
        overlay.unread_roles(Where(account, where.region, where.label), name)
    overlay.said.append(f"`{where.label}`: what the roles of permission set `{arn}` may do afterwards is not known")


def _instance(overlay: Overlay, arn: Any) -> Sheet | None:
    """The answers that tell of an instance of Identity Center."""
    for place in overlay.book.places():
        if place.service == "sso-admin":
            sheet = overlay.book.at(place.account, place.service, place.region)
            if any(each.get("InstanceArn") == arn for each in (sheet.answer("list_instances") or {}).get("Instances", [])):
                return sheet
    return None
