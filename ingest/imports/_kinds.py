"""Resources as the answers that their services would give: one table, a row for each kind of resource.

What is said of a resource is a mapping: a key that is missing says nothing, None that there is none, UNREAD that it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.model.arn import Arn, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._book import Book, Sheet
from xgraph.ingest.imports._source import document_text
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services.sqs import ATTRIBUTES
from xgraph.ingest.snapshot.layout import GLOBAL

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a service answers about resources of one kind.

    `prefix`: how the resource part of their ARNs begins. `listing` and `key`: the call that lists them and the list in its answer.
    `entry`: an entry of it, and `of`, `tags_of` parameters, as patterns of `arn`, `name`, `account`, `region`; an entry that is text
    has the one field "". `asked`: the parameters of the listing. `within`: what their names hold and those of others do not, such as
    `/stream/`; without it names have no slash where `is_flat`. `parent`: the ARN of what has to be listed before. `policy`: the call that tells the policy, or "" when the entry has it; `document`: where, a path with dots.
    `always`: the call is answered also when there is no policy. `tags` and `tagged` say the same of tags; `pairs` names the fields
    of a tag, () when tags are a mapping. Patterns may also name `first` and `last`, the parts of a name around its first and last
    slash, and `above`, the ARN before `within`.
    """

    service: str
    prefix: str
    listing: str
    key: str
    entry: Mapping[str, str]
    policy: str = ""
    of: Mapping[str, Any] = field(default_factory=dict)
    document: str = "Policy"
    always: Mapping[str, Any] | None = None
    tags: str = ""
    tags_of: Mapping[str, str] = field(default_factory=dict)
    tagged: str = "Tags"
    pairs: tuple[str, ...] = ("Key", "Value")
    asked: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    is_flat: bool = False
    parent: str = ""


def _own_policy(service: str, prefix: str, listing: tuple[str, str], entry: Mapping[str, str], policy: str, of: Mapping[str, str],
                document: str = "Policy", **more: Any) -> Kind:  # fmt: skip
    """A kind whose policy is told by a call of its own, in fewer words."""
    return Kind(service, prefix, *listing, entry, policy, of, document, **more)


KINDS = (
    Kind(
        "sqs", "", "list_queues", "QueueUrls", {"": "https://sqs.{region}.amazonaws.com/{account}/{name}"}, "get_queue_attributes",
        {"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}", "AttributeNames": ATTRIBUTES}, "Attributes.Policy",
        {"Attributes": {"QueueArn": "{arn}"}}, "list_queue_tags", {"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}"}, pairs=(),
    ),
    Kind(
        "sns", "", "list_topics", "Topics", {"TopicArn": "{arn}"}, "get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes.Policy",
        {"Attributes": {"TopicArn": "{arn}"}}, "list_tags_for_resource", {"ResourceArn": "{arn}"},
    ),
    Kind(
        "kms", "key/", "list_keys", "Keys", {"KeyArn": "{arn}", "KeyId": "{name}"}, "get_key_policy",
        {"KeyId": "{name}", "PolicyName": "default"}, tags="list_resource_tags", tags_of={"KeyId": "{name}"}, pairs=("TagKey", "TagValue"),
    ),
    Kind(
        "lambda", "function:", "list_functions", "Functions", {"FunctionArn": "{arn}", "FunctionName": "{name}"}, "get_policy",
        {"FunctionName": "{name}"}, tags="list_tags", tags_of={"Resource": "{arn}"}, pairs=(),
    ),
    Kind(
        "secretsmanager", "secret:", "list_secrets", "SecretList", {"ARN": "{arn}", "Name": "{name}"}, "get_resource_policy",
        {"SecretId": "{arn}"}, "ResourcePolicy",
    ),
    Kind(
        "ecr", "repository/", "describe_repositories", "repositories", {"repositoryArn": "{arn}", "repositoryName": "{name}"},
        "get_repository_policy", {"repositoryName": "{name}"}, "policyText", tags="list_tags_for_resource",
        tags_of={"resourceArn": "{arn}"}, tagged="tags",
    ),
    Kind(
        "dynamodbstreams", "table/", "list_streams", "Streams", {"StreamArn": "{arn}"}, "dynamodb.get_resource_policy",
        {"ResourceArn": "{arn}"}, within="/stream/",
    ),
    Kind(
        "dynamodb", "table/", "list_tables", "TableNames", {"": "{name}"}, "get_resource_policy", {"ResourceArn": "{arn}"},
        tags="list_tags_of_resource", tags_of={"ResourceArn": "{arn}"}, is_flat=True,
    ),
    Kind("events", "event-bus/", "list_event_buses", "EventBuses", {"Arn": "{arn}", "Name": "{name}"}),
    Kind(
        "efs", "file-system/", "describe_file_systems", "FileSystems", {"FileSystemArn": "{arn}", "FileSystemId": "{name}"},
        "describe_file_system_policy", {"FileSystemId": "{name}"},
    ),
    Kind(
        "kinesis", "stream/", "list_stream_consumers", "Consumers", {"ConsumerARN": "{arn}"}, "get_resource_policy",
        {"ResourceARN": "{arn}"}, asked={"StreamARN": "{above}"}, within="/consumer/", parent="{above}",
    ),
    Kind(
        "kinesis", "stream/", "list_streams", "StreamSummaries", {"StreamARN": "{arn}", "StreamName": "{name}"}, "get_resource_policy",
        {"ResourceARN": "{arn}"}, is_flat=True,
    ),
    Kind(
        "backup", "backup-vault:", "list_backup_vaults", "BackupVaultList", {"BackupVaultArn": "{arn}", "BackupVaultName": "{name}"},
        "get_backup_vault_access_policy", {"BackupVaultName": "{name}"},
    ),
    _own_policy("acm-pca", "certificate-authority/", ("list_certificate_authorities", "CertificateAuthorities"), {"Arn": "{arn}"},
                "get_policy", {"ResourceArn": "{arn}"}, tags="list_tags", tags_of={"CertificateAuthorityArn": "{arn}"}),
    Kind("apigateway", "", "get_rest_apis", "items", {"id": "{name}"}, document="policy", tagged="tags", pairs=(), is_flat=True),
    _own_policy("bedrock", "guardrail/", ("list_guardrails", "guardrails"), {"arn": "{arn}", "id": "{name}"}, "get_resource_policy",
                {"resourceArn": "{arn}"}, "resourcePolicy"),
    _own_policy("bedrock", "custom-model/", ("list_custom_models", "modelSummaries"), {"modelArn": "{arn}"}, "get_resource_policy",
                {"resourceArn": "{arn}"}, "resourcePolicy"),
    _own_policy("cloudtrail", "eventdatastore/", ("list_event_data_stores", "EventDataStores"), {"EventDataStoreArn": "{arn}"},
                "get_resource_policy", {"ResourceArn": "{arn}"}, "ResourcePolicy"),
    _own_policy("cloudtrail", "channel/", ("list_channels", "Channels"), {"ChannelArn": "{arn}"}, "get_resource_policy",
                {"ResourceArn": "{arn}"}, "ResourcePolicy"),
    _own_policy("codeartifact", "domain/", ("list_domains", "domains"), {"arn": "{arn}", "name": "{name}", "owner": "{account}"},
                "get_domain_permissions_policy", {"domain": "{name}", "domainOwner": "{account}"}, "policy.document"),
    _own_policy("codeartifact", "repository/", ("list_repositories", "repositories"),
                {"arn": "{arn}", "name": "{last}", "domainName": "{first}", "domainOwner": "{account}"}, "get_repository_permissions_policy",
                {"domain": "{first}", "domainOwner": "{account}", "repository": "{last}"}, "policy.document"),
    _own_policy("dsql", "cluster/", ("list_clusters", "clusters"), {"arn": "{arn}", "identifier": "{name}"}, "get_cluster_policy",
                {"identifier": "{name}"}, "policy"),
    _own_policy("glacier", "vaults/", ("list_vaults", "VaultList"), {"VaultARN": "{arn}", "VaultName": "{name}"},
                "get_vault_access_policy", {"accountId": "-", "vaultName": "{name}"}, "policy.Policy", asked={"accountId": "-"}),
    _own_policy("kafka", "cluster/", ("list_clusters_v2", "ClusterInfoList"), {"ClusterArn": "{arn}"}, "get_cluster_policy",
                {"ClusterArn": "{arn}"}),
    _own_policy("lexv2-models", "bot/", ("list_bots", "botSummaries"), {"botId": "{name}"}, "describe_resource_policy",
                {"resourceArn": "{arn}"}, "policy"),
    _own_policy("lexv2-models", "bot-alias/", ("list_bot_aliases", "botAliasSummaries"), {"botAliasId": "{last}"},
                "describe_resource_policy", {"resourceArn": "{arn}"}, "policy", asked={"botId": "{first}"},
                parent="arn:aws:lex:{region}:{account}:bot/{first}"),
    Kind("logs", "destination:", "describe_destinations", "destinations", {"arn": "{arn}", "destinationName": "{name}"},
         document="accessPolicy"),
    _own_policy("mediastore", "container/", ("list_containers", "Containers"), {"ARN": "{arn}", "Name": "{name}"}, "get_container_policy",
                {"ContainerName": "{name}"}, is_flat=True),
    _own_policy("opensearch", "domain/", ("list_domain_names", "DomainNames"), {"DomainName": "{name}"}, "describe_domain",
                {"DomainName": "{name}"}, "DomainStatus.AccessPolicies", always={"DomainStatus": {"ARN": "{arn}", "DomainName": "{name}"}},
                tags="list_tags", tags_of={"ARN": "{arn}"}, tagged="TagList", is_flat=True),
    _own_policy("redshift", "namespace:", ("describe_clusters", "Clusters"), {"ClusterNamespaceArn": "{arn}"}, "get_resource_policy",
                {"ResourceArn": "{arn}"}, "ResourcePolicy.Policy"),
    _own_policy("redshift-serverless", "namespace/", ("list_namespaces", "namespaces"), {"namespaceArn": "{arn}"}, "get_resource_policy",
                {"resourceArn": "{arn}"}, "resourcePolicy.policy"),
    _own_policy("s3express", "bucket/", ("list_directory_buckets", "Buckets"), {"Name": "{name}"}, "get_bucket_policy",
                {"Bucket": "{name}"}),
    _own_policy("s3tables", "bucket/", ("list_table_buckets", "tableBuckets"), {"arn": "{arn}", "name": "{name}"},
                "get_table_bucket_policy", {"tableBucketARN": "{arn}"}, "resourcePolicy", is_flat=True),
    _own_policy("sagemaker", "model-package-group/", ("list_model_package_groups", "ModelPackageGroupSummaryList"),
                {"ModelPackageGroupArn": "{arn}", "ModelPackageGroupName": "{name}"}, "get_model_package_group_policy",
                {"ModelPackageGroupName": "{name}"}, "ResourcePolicy"),
    _own_policy("schemas", "registry/", ("list_registries", "Registries"), {"RegistryArn": "{arn}", "RegistryName": "{name}"},
                "get_resource_policy", {"RegistryName": "{name}"}),
    _own_policy("vpc-lattice", "service/", ("list_services", "items"), {"arn": "{arn}"}, "get_auth_policy",
                {"resourceIdentifier": "{arn}"}, "policy", is_flat=True),
    _own_policy("vpc-lattice", "servicenetwork/", ("list_service_networks", "items"), {"arn": "{arn}"}, "get_auth_policy",
                {"resourceIdentifier": "{arn}"}, "policy", is_flat=True),
)  # fmt: skip
_OF_ARNS = {
    "apigateway": "execute-api",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "lexv2-models": "lex",
    "opensearch": "es",
}  # the service as ARNs name it, where the snapshot names it otherwise


def client_of(service: str) -> str:
    """What snapshots call the service that ARNs call so."""
    return next((client for client, named in _OF_ARNS.items() if named == service and client != "dynamodbstreams"), service)


def kind_of(arn: Arn) -> Kind | None:
    """The kind of the resource with this ARN, or None for what is not written here."""
    for kind in KINDS:
        name = arn.resource.removeprefix(kind.prefix)
        if kind.within not in name or (kind.is_flat and "/" in name):
            continue
        if arn.service == _OF_ARNS.get(kind.service, kind.service) and arn.resource.startswith(kind.prefix) and name and "*" not in name:
            return None if kind.service == "lambda" and ":" in name else kind
    return None


def put_resource(book: Book, text: str, given: Given, unknown: str) -> bool:
    """Writes what is given of the resource with this ARN; False when nothing of its kind is written here.

    Keys of `given`: `Policy`, `Tags` (a mapping), and fields of the listing's entry under `entry`.
    """
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    if kind.parent:
        put_resource(book, _fill(kind.parent, words), {}, unknown)
    entry = _entry_of(sheet, kind, words, unknown)
    if isinstance(entry, dict):
        entry.update(given.get("entry", {}))
    if "Policy" in given:
        _put_policy(sheet, kind, words, entry, given["Policy"], unknown)
    if "Tags" in given:
        _put_tags(sheet, kind, words, entry, given["Tags"], unknown)
    if kind.service == "dynamodb" and given.get("SSEDescription", UNREAD) is not UNREAD:
        sse = {"SSEDescription": given["SSEDescription"]} if given["SSEDescription"] else {}
        sheet.ok("describe_table", {"TableName": words["name"]}, {"Table": {"TableArn": text, "TableName": words["name"], **sse}})
    if kind.service == "kms" and "KeyMetadata" in given:
        sheet.ok("describe_key", {"KeyId": words["name"]}, {"KeyMetadata": {"Arn": text, "KeyId": words["name"], **given["KeyMetadata"]}})
    return True


def remove_resource(book: Book, text: str) -> bool:
    """Takes the resource out of its listing; False when it was not there. `Sheet.complete` forgets the rest."""
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    answer = sheet.answer(kind.listing, _fill(kind.asked, words))
    listed = answer.get(kind.key, []) if answer else []
    kept = [each for each in listed if not _is(each, kind, words)]
    if answer is None or len(kept) == len(listed):
        return False
    answer[kind.key] = kept
    sheet.is_changed = True
    return True


def is_listed(book: Book, text: str) -> bool:
    """Whether the resource is there."""
    found = _found(book, text)
    if found is None:
        return False
    kind, sheet, words = found
    listed = (sheet.answer(kind.listing, _fill(kind.asked, words)) or {}).get(kind.key, [])
    return any(_is(each, kind, words) for each in listed)


def _found(book: Book, text: str) -> tuple[Kind, Sheet, dict[str, str]] | None:
    arn = parse_arn(text)
    kind = kind_of(arn) if arn else None
    if arn is None or kind is None or not arn.account:
        return None
    name = arn.resource.removeprefix(kind.prefix)
    words = {"arn": text, "name": name, "account": arn.account, "region": arn.region}
    words |= {"first": name.partition("/")[0], "last": name.rpartition("/")[2], "above": text.partition(kind.within or text)[0]}
    return kind, book.at(arn.account, kind.service, arn.region or GLOBAL), words


def _is(entry: Any, kind: Kind, words: Mapping[str, str]) -> bool:
    """Whether an entry of a listing is the resource: by the one field that names it whole."""
    if not isinstance(entry, Mapping):
        ends = "/" + words["name"] if kind.service == "sqs" else words["name"]
        return str(entry).endswith(ends) if kind.service == "sqs" else str(entry) == ends
    name = next(iter(kind.entry))
    return bool(entry.get(name) == _fill(kind.entry[name], words))


def _entry_of(sheet: Sheet, kind: Kind, words: Mapping[str, str], unknown: str) -> Any:
    entries = sheet.entries(kind.listing, kind.key, unknown, _fill(kind.asked, words))
    for entry in entries:
        if _is(entry, kind, words):
            return entry
    made: Any = _fill(kind.entry.get("", kind.entry), words)
    entries.append(made)
    return made


def _put_policy(sheet: Sheet, kind: Kind, words: Mapping[str, str], entry: Any, policy: Any, unknown: str) -> None:
    if not kind.policy:
        # a document that is no JSON would be a malformed policy: an entry has no word for "not read", so an unread one is given as such
        if policy is None:
            entry.pop(kind.document, None)
        else:
            entry[kind.document] = UNREADABLE if policy is UNREAD else document_text(policy)
        return
    parameters = _fill(kind.of, words)
    if policy is UNREAD:
        sheet.ended(Outcome.NOT_TRIED, kind.policy, parameters, unknown)
        return
    before = sheet.answer(kind.policy, parameters)
    answer = before if before is not None else _fill(kind.always or {}, words)
    _set(answer, kind.document, None if policy is None else document_text(policy))
    if policy is None and kind.always is None:
        sheet.ended(Outcome.EMPTY, kind.policy, parameters)
    else:
        sheet.ok(kind.policy, parameters, answer)


UNREADABLE = "not known before it is deployed"


def _put_tags(sheet: Sheet, kind: Kind, words: Mapping[str, str], entry: Any, tags: Any, unknown: str) -> None:
    if not kind.tags:
        if isinstance(entry, dict) and tags is not UNREAD:
            pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
            entry[kind.tagged] = pairs if kind.pairs else dict(tags or {})
        return
    parameters = _fill(kind.tags_of, words)
    if tags is UNREAD:
        sheet.ended(Outcome.NOT_TRIED, kind.tags, parameters, unknown)
    elif not tags:
        sheet.ended(Outcome.EMPTY, kind.tags, parameters)
    else:
        named = kind.pairs
        written = [{named[0]: key, named[1]: value} for key, value in tags.items()] if named else dict(tags)
        sheet.ok(kind.tags, parameters, {kind.tagged: written})


def _set(answer: dict[str, Any], path: str, value: str | None) -> None:
    *above, last = path.split(".")
    for name in above:
        answer = answer.setdefault(name, {})
    if value is None:
        answer.pop(last, None)
    else:
        answer[last] = value


def _fill(pattern: Any, words: Mapping[str, str]) -> Any:
    if isinstance(pattern, str):
        return pattern.format_map(words)
    if isinstance(pattern, Mapping):
        return {key: _fill(value, words) for key, value in pattern.items()}
    return pattern
