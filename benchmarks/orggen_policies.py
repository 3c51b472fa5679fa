"""Emitters of services whose resources carry policies: for each kind one resource whose policy tells callers apart, and one without.

The answers are written down as AWS's API references show them, and not with what xgraph reads them by.
"""

from __future__ import annotations

from orggen_planter import GLOBAL, Item, Outcome, Planter, allow, hex_id, policy_or_none, stmt, text_of, uuid

TAGS = [{"Key": "team", "Value": "xg"}]


def pair(p: Planter, arn: str, action: str, *, kind: str = "", within: str = "", on: str = "", **more) -> tuple[Item, Item]:
    """One resource with a policy and one without; `{name}` in `arn` is its name. `within`: what is asked for inside of it."""
    named, bare = p.name(f"{kind}policy".lower()), p.name(f"{kind}bare".lower())
    first, second = arn.format(name=named), arn.format(name=bare)
    item = Item(named, first, p.policy(action, first + within, on, holder=first, kind=kind, **more))
    prefix = f"{kind}-" if kind else ""
    caller = p.role(f"{prefix}bare", allow(action, second + within), *more.get("own", ()))
    missing = {"control": "resource-half", "policy": f"{second}{within}#resource-policy", "statement": None}
    p.access(f"{prefix}bare", "blocked", caller, action, second + within, blocked_by=missing)
    return item, Item(bare, second)


def acm_pca(p: Planter) -> None:
    items = pair(p, p.arn("acm-pca", "certificate-authority/{name}"), "acm-pca:IssueCertificate")
    batch = p.batch()
    batch.ok("list_certificate_authorities", {}, {"CertificateAuthorities": [{"Arn": one.arn, "Status": "ACTIVE"} for one in items]})
    for one in items:
        policy_or_none(batch, "get_policy", {"ResourceArn": one.arn}, one, lambda text: {"Policy": text})
        batch.ok("list_tags", {"CertificateAuthorityArn": one.arn}, {"Tags": TAGS})


def apigateway(p: Planter) -> None:
    items = pair(p, p.arn("execute-api", "{name}"), "execute-api:Invoke", within="/prod/GET/orders")
    batch, apis = p.batch(), []
    for one in items:
        escaped = {} if one.text is None else {"policy": one.text.replace('"', '\\"')}  # as API Gateway answers
        apis.append({"id": one.name, "name": one.name, "endpointConfiguration": {"types": ["REGIONAL"]}, **escaped})
        methods = {"GET": {"httpMethod": "GET", "authorizationType": "AWS_IAM"}}
        parts = [{"id": "r", "path": "/"}, {"id": "o", "parentId": "r", "path": "/orders", "resourceMethods": methods}]
        batch.ok("get_resources", {"restApiId": one.name, "embed": ["methods"]}, {"items": parts})
    batch.ok("get_rest_apis", {}, {"items": apis})


def backup(p: Planter) -> None:
    items = pair(p, p.arn("backup", "backup-vault:{name}"), "backup:CopyIntoBackupVault")
    batch = p.batch()
    listed = [{"BackupVaultName": one.name, "BackupVaultArn": one.arn} for one in items]
    batch.ok("list_backup_vaults", {}, {"BackupVaultList": listed})
    for one in items:
        at = {"BackupVaultName": one.name}
        policy_or_none(batch, "get_backup_vault_access_policy", at, one, lambda text, at=at: {**at, "Policy": text})


def bedrock(p: Planter) -> None:
    models = pair(p, p.arn("bedrock", "custom-model/{name}"), "bedrock:GetCustomModel", kind="model")
    guards = pair(p, p.arn("bedrock", "guardrail/{name}"), "bedrock:ApplyGuardrail", kind="guardrail")
    batch = p.batch()
    batch.ok("list_custom_models", {}, {"modelSummaries": [{"modelArn": one.arn, "modelName": one.name} for one in models]})
    batch.ok("list_guardrails", {}, {"guardrails": [{"id": one.name, "arn": one.arn, "status": "READY"} for one in guards]})
    for one in (*models, *guards):
        policy_or_none(batch, "get_resource_policy", {"resourceArn": one.arn}, one, lambda text: {"resourcePolicy": text})


def cloudtrail(p: Planter) -> None:
    stores = pair(p, p.arn("cloudtrail", "eventdatastore/{name}"), "cloudtrail:StartQuery", kind="store")
    channels = pair(p, p.arn("cloudtrail", "channel/{name}"), "cloudtrail-data:PutAuditEvents", kind="channel")
    batch = p.batch()
    batch.ok("list_event_data_stores", {}, {"EventDataStores": [{"EventDataStoreArn": one.arn, "Name": one.name} for one in stores]})
    batch.ok("list_channels", {}, {"Channels": [{"ChannelArn": one.arn, "Name": one.name} for one in channels]})
    for one in (*stores, *channels):
        at = {"ResourceArn": one.arn}
        policy_or_none(batch, "get_resource_policy", at, one, lambda text, at=at: {**at, "ResourcePolicy": text})


def codeartifact(p: Planter) -> None:
    domains = pair(p, p.arn("codeartifact", "domain/{name}"), "codeartifact:GetAuthorizationToken", kind="domain")
    shop = domains[0].name
    repositories = pair(p, p.arn("codeartifact", f"repository/{shop}/{{name}}"), "codeartifact:ReadFromRepository", kind="repository")
    batch = p.batch()
    batch.ok("list_domains", {}, {"domains": [{"name": one.name, "owner": p.home, "arn": one.arn} for one in domains]})
    listed = [{"name": one.name, "domainName": shop, "domainOwner": p.home, "arn": one.arn} for one in repositories]
    batch.ok("list_repositories", {}, {"repositories": listed})
    for one in domains:
        at = {"domain": one.name, "domainOwner": p.home}
        policy_or_none(batch, "get_domain_permissions_policy", at, one, lambda text: {"policy": {"document": text}})
    for one in repositories:
        at = {"domain": shop, "domainOwner": p.home, "repository": one.name}
        policy_or_none(batch, "get_repository_permissions_policy", at, one, lambda text: {"policy": {"document": text}})


def dsql(p: Planter) -> None:
    items = pair(p, p.arn("dsql", "cluster/{name}"), "dsql:DbConnect")
    batch = p.batch()
    batch.ok("list_clusters", {}, {"clusters": [{"identifier": one.name, "arn": one.arn} for one in items]})
    for one in items:
        policy_or_none(batch, "get_cluster_policy", {"identifier": one.name}, one, lambda text: {"policy": text, "policyVersion": "1"})


def dynamodb(p: Planter) -> None:
    items = pair(p, p.arn("dynamodb", "table/{name}"), "dynamodb:GetItem")
    batch = p.batch()
    batch.ok("list_tables", {}, {"TableNames": [one.name for one in items]})
    for one in items:
        batch.ok("describe_table", {"TableName": one.name}, {"Table": {"TableName": one.name, "TableArn": one.arn}})
        policy_or_none(batch, "get_resource_policy", {"ResourceArn": one.arn}, one, lambda text: {"Policy": text, "RevisionId": "1"})
        batch.ok("list_tags_of_resource", {"ResourceArn": one.arn}, {"Tags": TAGS})


def dynamodbstreams(p: Planter) -> None:
    items = pair(p, p.arn("dynamodb", "table/{name}/stream/2026-01-15T09:00:00.000"), "dynamodb:GetRecords")
    batch = p.batch()
    batch.ok("list_streams", {}, {"Streams": [{"StreamArn": one.arn, "TableName": one.name} for one in items]})
    for one in items:
        policy_or_none(batch, "dynamodb.get_resource_policy", {"ResourceArn": one.arn}, one, lambda text: {"Policy": text})


def ecr(p: Planter) -> None:
    token = (allow("ecr:GetAuthorizationToken", "*"),)
    arn = p.arn("ecr", "repository/{name}")
    items = pair(p, arn, "ecr:BatchGetImage", own=token)
    batch = p.batch()
    listed = [{"repositoryArn": one.arn, "repositoryName": one.name, "registryId": p.home} for one in items]
    batch.ok("describe_repositories", {}, {"repositories": listed})
    batch.ended(Outcome.EMPTY, "get_registry_policy", {})
    for one in items:
        at = {"repositoryName": one.name}
        policy_or_none(batch, "get_repository_policy", at, one, lambda text, at=at: {**at, "policyText": text})
        batch.ok("list_tags_for_resource", {"resourceArn": one.arn}, {"tags": TAGS})


def efs(p: Planter) -> None:
    arn = p.arn("elasticfilesystem", "file-system/fs-{name}")
    item = Item("policy", arn.format(name="policy"), p.policy("elasticfilesystem:ClientMount", arn.format(name="policy")))
    batch = p.batch()
    ident = item.arn.rsplit("/", 1)[1]
    batch.ok("describe_file_systems", {}, {"FileSystems": [{"FileSystemId": ident, "FileSystemArn": item.arn, "Tags": TAGS}]})
    policy_or_none(
        batch, "describe_file_system_policy", {"FileSystemId": ident}, item, lambda text: {"FileSystemId": ident, "Policy": text}
    )


def events(p: Planter) -> None:
    items = pair(p, p.arn("events", "event-bus/{name}"), "events:PutEvents")
    buses = [{"Name": one.name, "Arn": one.arn, **({"Policy": one.text} if one.text else {})} for one in items]
    p.batch().ok("list_event_buses", {}, {"EventBuses": buses})


def glacier(p: Planter) -> None:
    items = pair(p, p.arn("glacier", "vaults/{name}"), "glacier:UploadArchive")
    batch = p.batch()
    batch.ok("list_vaults", {"accountId": "-"}, {"VaultList": [{"VaultARN": one.arn, "VaultName": one.name} for one in items]})
    for one in items:
        at = {"accountId": "-", "vaultName": one.name}
        policy_or_none(batch, "get_vault_access_policy", at, one, lambda text: {"policy": {"Policy": text}})


def kafka(p: Planter) -> None:
    items = pair(p, p.arn("kafka", f"cluster/{{name}}/{uuid('kafka')}-1"), "kafka-cluster:Connect")
    batch = p.batch()
    batch.ok("list_clusters_v2", {}, {"ClusterInfoList": [{"ClusterArn": one.arn, "ClusterName": one.name} for one in items]})
    for one in items:
        policy_or_none(batch, "get_cluster_policy", {"ClusterArn": one.arn}, one, lambda text: {"CurrentVersion": "1", "Policy": text})


def kinesis(p: Planter) -> None:
    streams = pair(p, p.arn("kinesis", "stream/{name}"), "kinesis:PutRecord", kind="stream")
    consumers = pair(p, f"{streams[0].arn}/consumer/{{name}}:1700000000", "kinesis:SubscribeToShard", kind="consumer")
    batch = p.batch()
    batch.ok("list_streams", {}, {"StreamSummaries": [{"StreamName": one.name, "StreamARN": one.arn} for one in streams]})
    listed = [{"ConsumerName": one.name, "ConsumerARN": one.arn} for one in consumers]
    for one, held in zip(streams, (listed, []), strict=True):
        batch.ok("list_stream_consumers", {"StreamARN": one.arn}, {"Consumers": held})
    for one in (*streams, *consumers):
        policy_or_none(batch, "get_resource_policy", {"ResourceARN": one.arn}, one, lambda text: {"Policy": text})


def lexv2_models(p: Planter) -> None:
    bots = pair(p, p.arn("lex", "bot/{name}"), "lex:DescribeBot", kind="bot")
    bot = bots[0].name
    aliases = pair(p, p.arn("lex", f"bot-alias/{bot}/{{name}}"), "lex:RecognizeText", kind="alias")
    batch = p.batch()
    batch.ok("list_bots", {}, {"botSummaries": [{"botId": one.name, "botName": one.name} for one in bots]})
    listed = [{"botAliasId": one.name, "botAliasName": one.name} for one in aliases]
    for one, held in zip(bots, (listed, []), strict=True):
        batch.ok("list_bot_aliases", {"botId": one.name}, {"botId": one.name, "botAliasSummaries": held})
    for one in (*bots, *aliases):
        policy_or_none(batch, "describe_resource_policy", {"resourceArn": one.arn}, one, lambda text: {"policy": text})


def logs(p: Planter) -> None:
    destinations = pair(p, p.arn("logs", "destination:{name}"), "logs:PutSubscriptionFilter", kind="destination")
    group = p.arn("logs", "log-group:/xg/orders:*")
    policy = p.policy("logs:PutLogEvents", group, holder=p.arn("logs", "log-group:*"), kind="group")
    batch = p.batch()
    listed = [{"destinationName": one.name, "arn": one.arn, **({"accessPolicy": one.text} if one.text else {})} for one in destinations]
    batch.ok("describe_destinations", {}, {"destinations": listed})
    batch.ok("describe_resource_policies", {}, {"resourcePolicies": [{"policyName": "xg", "policyDocument": text_of(policy)}]})


def mediastore(p: Planter) -> None:
    items = pair(p, p.arn("mediastore", "container/{name}"), "mediastore:GetObject", within="/film.mp4")
    batch = p.batch()
    batch.ok("list_containers", {}, {"Containers": [{"Name": one.name, "ARN": one.arn} for one in items]})
    for one in items:
        policy_or_none(batch, "get_container_policy", {"ContainerName": one.name}, one, lambda text: {"Policy": text})


def opensearch(p: Planter) -> None:
    items = pair(p, p.arn("es", "domain/{name}"), "es:ESHttpGet", within="/orders/_search")
    batch = p.batch()
    batch.ok("list_domain_names", {}, {"DomainNames": [{"DomainName": one.name, "EngineType": "OpenSearch"} for one in items]})
    for one in items:
        status = {"DomainName": one.name, "ARN": one.arn, "AccessPolicies": one.text or ""}
        batch.ok("describe_domain", {"DomainName": one.name}, {"DomainStatus": status})
        batch.ok("list_tags", {"ARN": one.arn}, {"TagList": TAGS})


def redshift(p: Planter) -> None:
    items = pair(p, p.arn("redshift", "namespace:{name}"), "redshift:CreateInboundIntegration")
    batch = p.batch()
    clusters = [{"ClusterIdentifier": one.name, "ClusterNamespaceArn": one.arn} for one in items]
    batch.ok("describe_clusters", {}, {"Clusters": clusters})
    for one in items:
        at = {"ResourceArn": one.arn}
        policy_or_none(batch, "get_resource_policy", at, one, lambda text, at=at: {"ResourcePolicy": {**at, "Policy": text}})


def redshift_serverless(p: Planter) -> None:
    items = pair(p, p.arn("redshift-serverless", "namespace/{name}"), "redshift:CreateInboundIntegration")
    batch = p.batch()
    batch.ok("list_namespaces", {}, {"namespaces": [{"namespaceName": one.name, "namespaceArn": one.arn} for one in items]})
    for one in items:
        at = {"resourceArn": one.arn}
        policy_or_none(batch, "get_resource_policy", at, one, lambda text, at=at: {"resourcePolicy": {**at, "policy": text}})


def s3express(p: Planter) -> None:
    items = pair(p, p.arn("s3express", "bucket/{name}--use1-az4--x-s3"), "s3express:CreateSession")
    batch, names = p.batch(), [one.arn.rsplit("/", 1)[1] for one in items]
    batch.ok("list_directory_buckets", {}, {"Buckets": [{"Name": name} for name in names]})
    for name, one in zip(names, items, strict=True):
        policy_or_none(batch, "get_bucket_policy", {"Bucket": name}, one, lambda text: {"Policy": text})


def s3tables(p: Planter) -> None:
    items = pair(p, p.arn("s3tables", "bucket/{name}"), "s3tables:ListNamespaces")
    batch = p.batch()
    batch.ok("list_table_buckets", {}, {"tableBuckets": [{"arn": one.arn, "name": one.name} for one in items]})
    for one in items:
        policy_or_none(batch, "get_table_bucket_policy", {"tableBucketARN": one.arn}, one, lambda text: {"resourcePolicy": text})


def schemas(p: Planter) -> None:
    items = pair(p, p.arn("schemas", "registry/{name}"), "schemas:DescribeRegistry")
    batch = p.batch()
    own = {"RegistryArn": "arn:aws:schemas:us-east-1::registry/aws.events", "RegistryName": "aws.events"}
    batch.ok("list_registries", {}, {"Registries": [own, *({"RegistryArn": one.arn, "RegistryName": one.name} for one in items)]})
    for one in items:
        policy_or_none(batch, "get_resource_policy", {"RegistryName": one.name}, one, lambda text: {"Policy": text, "RevisionId": "1"})


def secretsmanager(p: Planter) -> None:
    ident = uuid(f"{p.home}secret")
    key = p.arn("kms", f"key/{ident}")
    own = (allow("kms:Decrypt", key),)
    items = pair(p, p.arn("secretsmanager", "secret:{name}-AbCdEf"), "secretsmanager:GetSecretValue", own=own)
    batch = p.batch()
    listed = [{"ARN": one.arn, "Name": one.name, "KmsKeyId": key, "Tags": TAGS} for one in items]
    batch.ok("list_secrets", {}, {"SecretList": listed})
    for one in items:
        policy_or_none(
            batch, "get_resource_policy", {"SecretId": one.arn}, one, lambda text, one=one: {"ARN": one.arn, "ResourcePolicy": text}
        )
    lets = {"AWS": f"arn:aws:iam::{p.away}:root"}
    keys_of(p, [(ident, {"Version": "2012-10-17", "Statement": [stmt("Allow", "kms:Decrypt", "*", lets)]}, [])])


def keys_of(p: Planter, keys: list[tuple[str, dict, list[dict]]]) -> None:
    """KMS keys of the home account, each with its policy and grants; of those that other services planted, too."""
    batch = p.batch("kms")
    known = next((one.answer["Keys"] for one in batch.answers if one.call == "list_keys"), None)
    if known is None:
        known = []
        batch.ok("list_keys", {}, {"Keys": known})
        batch.ok("list_aliases", {}, {"Aliases": []})
    for ident, policy, grants in keys:
        arn, at = p.arn("kms", f"key/{ident}"), {"KeyId": ident}
        known.append({"KeyId": ident, "KeyArn": arn})
        batch.ok("describe_key", at, {"KeyMetadata": {"KeyId": ident, "Arn": arn, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}})
        batch.ok("get_key_policy", {**at, "PolicyName": "default"}, {"Policy": text_of(policy), "PolicyName": "default"})
        batch.ok("list_grants", at, {"Grants": grants})
        batch.ok("list_resource_tags", at, {"Tags": [{"TagKey": "team", "TagValue": "xg"}]})


def kms(p: Planter) -> None:
    """A key with the usual policy for callers, and one that a grant opens to somebody and not to somebody else."""
    first, second = uuid(f"{p.home}one"), uuid(f"{p.home}two")
    opened, granted = p.arn("kms", f"key/{first}"), p.arn("kms", f"key/{second}")
    owner = stmt("Allow", "kms:*", "*", {"AWS": f"arn:aws:iam::{p.home}:root"})
    policy = p.policy("kms:Decrypt", opened, "*", also=(owner,))
    grantee = p.role("grantee", allow("kms:Decrypt", granted))
    other = p.role("not-granted", allow("kms:Decrypt", granted))
    grant = {"KeyId": granted, "GrantId": hex_id(granted, 64), "GranteePrincipal": grantee, "Operations": ["Decrypt"]}
    p.access("grantee", "allowed", grantee, "kms:Decrypt", granted)
    half = {"control": "resource-half", "policy": f"{granted}#resource-policy", "statement": None}
    p.access("not-granted", "blocked", other, "kms:Decrypt", granted, blocked_by=half)
    keys_of(p, [(first, policy, []), (second, {"Version": "2012-10-17", "Statement": [owner]}, [grant])])


def s3(p: Planter) -> None:
    """Two buckets, beside those of the background."""
    arn = f"arn:aws:s3:::{{name}}-{p.org.cfg.seed}"
    for one in pair(p, arn, "s3:GetObject", within="/report.csv"):
        p.data[p.home].add_bucket(one.arn.rpartition(":")[2], one.policy, {"team": "xg"})


def sesv2(p: Planter) -> None:
    items = pair(p, p.arn("ses", "identity/{name}.example.com"), "ses:SendEmail")
    batch, names = p.batch(), [one.arn.rpartition("/")[2] for one in items]
    batch.ok("list_email_identities", {}, {"EmailIdentities": [{"IdentityType": "DOMAIN", "IdentityName": name} for name in names]})
    for name, one in zip(names, items, strict=True):
        batch.ok("get_email_identity_policies", {"EmailIdentity": name}, {"Policies": {"xg": one.text} if one.text else {}})


def sns(p: Planter) -> None:
    items = pair(p, p.arn("sns", "{name}"), "sns:Publish")
    batch = p.batch()
    batch.ok("list_topics", {}, {"Topics": [{"TopicArn": one.arn} for one in items]})
    for one in items:
        attributes = {"TopicArn": one.arn, "Owner": p.home, **({"Policy": one.text} if one.text else {})}
        batch.ok("get_topic_attributes", {"TopicArn": one.arn}, {"Attributes": attributes})
        batch.ok("list_tags_for_resource", {"ResourceArn": one.arn}, {"Tags": TAGS})


def sqs(p: Planter) -> None:
    items = pair(p, p.arn("sqs", "{name}"), "sqs:SendMessage")
    batch = p.batch()
    urls = [f"https://sqs.us-east-1.amazonaws.com/{p.home}/{one.name}" for one in items]
    batch.ok("list_queues", {}, {"QueueUrls": urls})
    names = ["KmsMasterKeyId", "Policy", "QueueArn", "SqsManagedSseEnabled"]
    for url, one in zip(urls, items, strict=True):
        attributes = {"QueueArn": one.arn, "SqsManagedSseEnabled": "true", **({"Policy": one.text} if one.text else {})}
        batch.ok("get_queue_attributes", {"QueueUrl": url, "AttributeNames": names}, {"Attributes": attributes})
        batch.ok("list_queue_tags", {"QueueUrl": url}, {"Tags": {"team": "xg"}})


def vpc_lattice(p: Planter) -> None:
    services = pair(p, p.arn("vpc-lattice", "service/svc-{name}"), "vpc-lattice-svcs:Invoke", kind="service", within="/orders")
    networks = pair(p, p.arn("vpc-lattice", "servicenetwork/sn-{name}"), "vpc-lattice:GetServiceNetwork", kind="network")
    batch = p.batch()
    for call, items in (("list_services", services), ("list_service_networks", networks)):
        batch.ok(call, {}, {"items": [{"arn": one.arn, "id": one.arn.rpartition("/")[2], "name": one.name} for one in items]})
        for one in items:
            answer = lambda text: {"policy": text, "state": "Active"}
            policy_or_none(batch, "get_auth_policy", {"resourceIdentifier": one.arn}, one, answer)


def xray(p: Planter) -> None:
    arn = p.arn("xray", "*")
    policy = p.policy("xray:PutTraceSegments", "*", holder=arn, asked=arn)
    p.batch().ok("list_resource_policies", {}, {"ResourcePolicies": [{"PolicyName": "xg", "PolicyDocument": text_of(policy)}]})


def signer(p: Planter) -> None:
    """Permissions of a profile are told one by one, without conditions or denials."""
    names = [p.name("open"), p.name("closed")]
    arns = [p.arn("signer", f"/signing-profiles/{name}") for name in names]
    one, other = p.role("one", allow("signer:StartSigningJob", arns)), p.role("other", allow("signer:StartSigningJob", arns))
    batch = p.batch()
    batch.ok("list_signing_profiles", {}, {"profiles": [{"profileName": name, "arn": arn} for name, arn in zip(names, arns, strict=True)]})
    given = {"action": "signer:StartSigningJob", "principal": one, "statementId": "one"}
    batch.ok("list_profile_permissions", {"profileName": names[0]}, {"permissions": [given]})
    batch.ok("list_profile_permissions", {"profileName": names[1]}, {"permissions": []})
    half = {"control": "resource-half", "statement": None}
    p.access("open", "allowed", one, "signer:StartSigningJob", arns[0])
    p.access("unnamed", "blocked", other, "signer:StartSigningJob", arns[0], blocked_by={**half, "policy": f"{arns[0]}#resource-policy"})
    p.access("closed", "blocked", one, "signer:StartSigningJob", arns[1], blocked_by={**half, "policy": f"{arns[1]}#resource-policy"})


def organizations(p: Planter) -> None:
    """The delegation policy, by which members make calls of AWS Organizations."""
    home, p.home = p.home, p.org.management
    arn = f"arn:aws:organizations::{p.home}:organization/{p.org.id}"
    policy = p.policy("organizations:ListAccounts", "*", holder=arn, asked=arn)
    batch = p.batches.setdefault((p.org.id, "organizations", GLOBAL), p.batch("organizations", GLOBAL))
    batch.account, batch.asked = p.org.id, p.home
    p.batches.pop((p.home, "organizations", GLOBAL))
    batch.ok("describe_resource_policy", {}, {"ResourcePolicy": {"Content": text_of(policy)}})
    batch.ok("list_policies", {"Filter": "S3_POLICY"}, {"Policies": []})
    batch.ok("list_delegated_administrators", {}, {"DelegatedAdministrators": []})
    p.home = home
