"""The classes of known disagreements: for each, the same question put so that the two can agree (known.json says who is right, and why).

A disagreement is explained only when both evaluators give one verdict after the rewording of its classes. So a class excuses nothing but
what it names, and a request that falls into it is still compared.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.differential.simulator import document_of, is_restricted, listed
from tests.reference import world_of

Json = Any
Reword = Callable[[Json], Json]

NOWHERE = "arn:aws:s3:::nothing-is-here"
NOBODY = "arn:aws:iam::333333333333:user/nobody"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
POOLS = ("identity_policies", "permissions_boundaries", "session_policies", "vpc_endpoint_policies")
LEVELS = ("service_control_policies", "resource_control_policies")
MULTIVALUED = {"aws:principalorgpaths", "aws:resourceorgpaths", "aws:tagkeys", "aws:calledvia"}


def with_documents(request: Json) -> Json:
    """A copy whose policies are all plain documents with lists of statements, to be changed in place."""
    found = copy.deepcopy(request)
    for field in POOLS:
        found[field] = [_opened(each) for each in found.get(field, [])]
    for field in LEVELS:
        found[field] = [{**level, "policies": [_opened(each) for each in level["policies"]]} for level in found.get(field, [])]
    if found.get("resource_policy") is not None:
        found["resource_policy"] = _opened(found["resource_policy"])
    return found


def _opened(policy: Json) -> Json:
    document = copy.deepcopy(document_of(policy))
    if isinstance(document["Statement"], dict):
        document["Statement"] = [document["Statement"]]
    return document


def documents(request: Json) -> Iterator[tuple[str, Json]]:
    """(field, document) of every policy."""
    for field in POOLS:
        yield from ((field, each) for each in request[field])
    for field in LEVELS:
        yield from ((field, each) for level in request[field] for each in level["policies"])
    if request.get("resource_policy") is not None:
        yield "resource_policy", request["resource_policy"]


def statements(request: Json) -> Iterator[tuple[str, Json]]:
    for field, document in documents(request):
        yield from ((field, each) for each in document["Statement"])


def entries_of(request: Json) -> Iterator[tuple[Json, str, str]]:
    """(the block's keys and values, operator, key) of every condition; values may be replaced and keys deleted."""
    for _, each in statements(request):
        for operator, block in each.get("Condition", {}).items():
            yield from ((block, operator, key) for key in list(block))


def caller_account(request: Json) -> str:
    return str(request["principal"].split(":")[4]) if request["principal"].startswith("arn:") else ""


# ------------------------------------------------------------------------------------------------------------------- policies


def short_arn_patterns(request: Json) -> Json:
    """Patterns of fewer than six parts match nothing."""
    for _, each in statements(request):
        for element in ("Resource", "NotResource"):
            if element in each:
                each[element] = [NOWHERE if text != "*" and text.count(":") < 5 else text for text in listed(each[element])]
    return request


def stars_across_colons(request: Json) -> Json:
    """Patterns whose star would have to reach past its own part of the ARN match nothing."""
    for _, each in statements(request):
        for element in ("Resource", "NotResource"):
            if element in each:
                each[element] = [NOWHERE if _reaches_on(text) else text for text in listed(each[element])]
    return request


def _reaches_on(pattern: str) -> bool:
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return False
    owner = parts[4]
    return any(part.endswith("*") for part in parts[:5]) and not (owner in {"", "aws"} or owner.isdigit() or "*" in owner)


def variables_in_old_policies(request: Json) -> Json:
    """Policies of before 2012 are taken for newer ones where they hold a `${`."""
    for _, document in documents(request):
        if document.get("Version") != "2012-10-17" and "${" in json.dumps(document):
            document["Version"] = "2012-10-17"
    return request


def unresolved_not_resource(request: Json) -> Json:
    """A variable without a value under NotResource excludes nothing."""
    for _, each in statements(request):
        if "NotResource" in each:
            each["NotResource"] = [NOWHERE if is_unresolved(text, request) else text for text in listed(each["NotResource"])]
    return request


def unresolved_in_a_negation(request: Json) -> Json:
    """A variable without a value is left out of the list of a negated operator."""
    for block, operator, key in entries_of(request):
        if "Not" in operator:
            rest = [value for value in listed(block[key]) if not is_unresolved(str(value), request)]
            if rest:
                block[key] = rest
            else:
                del block[key]
    return request


def is_unresolved(text: str, request: Json) -> bool:
    """Whether it holds a variable that has no value in the request, and no default."""
    return any(key.lower() not in world_of(request)[0] for key in re.findall(r"\$\{([\w:/-]+)\}", text))


def all_values_of_an_absent_key(request: Json) -> Json:
    """ForAllValues holds where the key is not there, so it may go."""
    known, _ = world_of(request)
    for block, operator, key in entries_of(request):
        if operator.startswith("ForAllValues:") and key.lower() not in known:
            del block[key]
    return request


def all_addresses(request: Json) -> Json:
    """0.0.0.0/0 in two halves."""
    for block, _, key in entries_of(request):
        if "0.0.0.0/0" in listed(block[key]):
            block[key] = [value for value in listed(block[key]) if value != "0.0.0.0/0"] + ["0.0.0.0/1", "128.0.0.0/1"]
    return request


def set_operators_spelled_out(request: Json) -> Json:
    """Keys of several values get the ForAnyValue that they want."""
    for _, each in statements(request):
        block: Json = {}
        for operator, entries in each.get("Condition", {}).items():
            for key, values in entries.items():
                is_bare = key.lower() in MULTIVALUED and operator != "Null" and ":" not in operator
                block.setdefault(f"ForAnyValue:{operator}" if is_bare else operator, {})[key] = values
        if block:
            each["Condition"] = block
    return request


# -------------------------------------------------------------------------------------------------------------------- callers


def root_user(request: Json) -> Json:
    """What a root user may do is written down as a policy."""
    if request["principal"].endswith(":root"):
        request["identity_policies"] = [EVERYTHING]
    return request


def session_named_by_the_resource(request: Json) -> Json:
    """The session policies are silent no more (their denies stay)."""
    for each in request["session_policies"]:
        each["Statement"].append(EVERYTHING["Statement"][0])
    return request


def user_behind_a_federated_user(request: Json) -> Json:
    """No Principal names a user of the federated user's name."""
    if ":federated-user/" in request["principal"]:
        user = request["principal"].replace(":sts:", ":iam:").replace(":federated-user/", ":user/")
        for _, each in statements(request):
            named = each.get("Principal")
            if isinstance(named, dict) and user in listed(named.get("AWS", [])):
                named["AWS"] = [text for text in listed(named["AWS"]) if text != user] or [NOBODY]
            elif named == user:
                each["Principal"] = {"AWS": NOBODY}
    return request


def star_of_accounts_and_services(request: Json) -> Json:
    """`{"AWS": "*"}` is `"*"` where a service asks."""
    if request["principal"].endswith(".amazonaws.com"):
        for _, each in statements(request):
            named = each.get("Principal")
            if isinstance(named, dict) and "*" in listed(named.get("AWS", [])):
                each["Principal"] = "*"
    return request


def account_keys_of_services(request: Json) -> Json:
    """Statements that ask for the account or ARN of a service principal are left out."""
    if request["principal"].endswith(".amazonaws.com"):
        for _, document in documents(request):
            document["Statement"] = [each for each in document["Statement"] if not _OF_ACCOUNTS & set(keys_of(each))]
    return request


_OF_ACCOUNTS = {"aws:principalaccount", "aws:principalarn"}


def keys_of(statement: Json) -> set[str]:
    return {key.lower() for entries in statement.get("Condition", {}).values() for key in entries}


def callers_that_assume_no_role(request: Json) -> Json:
    """No trust policy lets a root user or a federated user in."""
    if (request["principal"].endswith(":root") or ":federated-user/" in request["principal"]) and request["action"] == "sts:AssumeRole":
        keep_denies(request)
    return request


def any_session_of_a_role(request: Json) -> Json:
    """One session of the role asks, of a name that no policy knows."""
    parts = request["principal"].split(":", 5)
    if request["principal"].startswith("arn:") and parts[5].startswith("role/"):
        request["context"]["aws:PrincipalArn"] = request["principal"]
        name = parts[5].rsplit("/", 1)[1]
        request["principal"] = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name}/another"
    return request


def path_of_the_role(request: Json) -> Json:
    """The context does not say which path a session's role has."""
    if ":assumed-role/" in request["principal"]:
        request["context"].pop("aws:PrincipalArn", None)
    return request


# ------------------------------------------------------------------------------------------------------------------- services


AT_HOME = {
    "s3": {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"},
    "sqs": {"DeleteQueue", "SetQueueAttributes", "AddPermission", "RemovePermission", "TagQueue", "UntagQueue", "ListQueueTags"},
    "kms": {"ScheduleKeyDeletion", "PutKeyPolicy", "DisableKey", "EnableKey"},
    "backup": {"StartBackupJob"},
}


def calls_that_stay_at_home(request: Json) -> Json:
    """No resource policy speaks of a call that the service refuses to other accounts."""
    service, _, name = request["action"].partition(":")
    if name in AT_HOME.get(service, ()) and caller_account(request) != request["resource_account"] and "resource_policy" in request:
        keep_denies(request)
    return request


def keep_denies(request: Json) -> None:
    """The resource policy allows nothing."""
    if "resource_policy" in request:
        request["resource_policy"]["Statement"] = [each for each in request["resource_policy"]["Statement"] if each["Effect"] == "Deny"]


def roles_that_aws_manages(request: Json) -> Json:
    """Nothing denies what the service refuses by itself."""
    if ":role/aws-reserved/" in request["resource"] and request["action"] == "iam:PassRole":
        for _, document in documents(request):
            document["Statement"] = [each for each in document["Statement"] if each["Effect"] == "Allow"]
    return request


def rcp_of_a_service_without_them(request: Json) -> Json:
    """RCPs are left out where the service knows none."""
    if request["action"].split(":")[0] in {"iam", "sns", "lambda", "ec2", "events", "kinesis", "backup"}:
        request["resource_control_policies"] = []
    return request


def public_access_block(request: Json) -> Json:
    """RestrictPublicBuckets is off."""
    if is_restricted(request.get("resource_settings") or {}):
        del request["resource_settings"]["PublicAccessBlock"]
    return request


REWORDINGS: dict[str, Reword] = {
    function.__name__.replace("_", "-"): function
    for function in (
        short_arn_patterns,
        stars_across_colons,
        variables_in_old_policies,
        unresolved_not_resource,
        unresolved_in_a_negation,
        all_values_of_an_absent_key,
        all_addresses,
        set_operators_spelled_out,
        root_user,
        callers_that_assume_no_role,
        any_session_of_a_role,
        path_of_the_role,
        session_named_by_the_resource,
        user_behind_a_federated_user,
        star_of_accounts_and_services,
        account_keys_of_services,
        calls_that_stay_at_home,
        rcp_of_a_service_without_them,
        public_access_block,
        roles_that_aws_manages,
    )
}
