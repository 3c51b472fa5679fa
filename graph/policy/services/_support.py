"""What is decided for each service: its resources, who may come from another account, and where its rules differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Support:
    """One row of the table "what is supported". `service` is the prefix of its actions. `grants`: what on the resource's side lets
    others in. `across`: what another account needs. `rules`: where the service departs from the general rule, "" where it does not."""

    service: str
    resources: str
    grants: str
    across: str
    rules: str = ""


_POLICY = "resource policy"
_BOTH = "both sides"

# Services with rules of their own take their sentence from these rules.
ROWS = (
    Support("iam", "roles, policies, users", "none", "not possible"),
    Support("sts", "role sessions", "trust policy", _BOTH),
    Support("kms", "keys, aliases", "key policy, grants", f"{_BOTH}, for the actions that work across accounts"),
    Support("s3", "buckets, objects, access points, multi-Region access points", "bucket policy, access point policy, ACLs", _BOTH),
    Support("s3-object-lambda", "Object Lambda access points", _POLICY, _BOTH),
    Support("s3express", "directory buckets", _POLICY, _BOTH),
    Support("s3tables", "table buckets", _POLICY, _BOTH),
    Support("s3-outposts", "buckets on Outposts", _POLICY, _BOTH),
    Support("lambda", "functions, versions, aliases, layers, function URLs", "policy of each qualifier", _BOTH),
    Support("sqs", "queues", _POLICY, _BOTH),
    Support("sns", "topics", _POLICY, _BOTH),
    Support("secretsmanager", "secrets", _POLICY, _BOTH),
    Support("ecr", "repositories", "repository policy", _BOTH),
    Support("elasticfilesystem", "file systems", _POLICY, _BOTH),
    Support("dynamodb", "tables, streams", _POLICY, _BOTH),
    Support("kinesis", "streams, consumers", _POLICY, _BOTH),
    Support("glue", "catalogs, databases, tables, functions", "catalog policy", _BOTH),
    Support("events", "event buses", _POLICY, _BOTH),
    Support("backup", "vaults", "vault access policy", f"{_BOTH}, to copy into the vault"),
    Support("execute-api", "methods of REST APIs", "policy of the API", "depends on the method"),
    Support("es", "OpenSearch domains", "access policy", _BOTH),
    Support("logs", "destinations, log groups", "access policy of the destination, account policies", _BOTH),
    Support("ec2", "snapshots, images, endpoint services", "sharing list", "shared, and its own permissions"),
    Support("ebs", "blocks of snapshots", "sharing list of the snapshot", "shared, and its own permissions"),
    Support("rds", "snapshots, cluster snapshots", "sharing list", "shared, and its own permissions"),
    Support("ssm", "documents", "sharing list", "shared, and its own permissions"),
    *(
        Support(service, resources, f"{_POLICY}, when it is given", _BOTH)
        for service, resources in (
            ("acm-pca", "certificate authorities"),
            ("bedrock", "models, guardrails"),
            ("cloudtrail", "channels, event data stores"),
            ("codeartifact", "domains, repositories"),
            ("codebuild", "projects, report groups"),
            ("glacier", "vaults"),
            ("kafka", "clusters"),
            ("kafka-cluster", "clusters, topics, groups"),
            ("lex", "bots"),
            ("mediastore", "containers, objects"),
            ("redshift", "namespaces"),
            ("schemas", "registries"),
            ("ses", "identities"),
            ("signer", "signing profiles"),
            ("vpc-lattice", "services, service networks"),
            ("vpc-lattice-svcs", "paths of services"),
        )
    ),
    Support("aoss", "OpenSearch Serverless collections", "not evaluated", "not possible"),
    Support("iot", "things, topics", "not evaluated", "not decided", "IoT policies are attached to certificates, not to resources"),
    Support("*", "everything else", f"{_POLICY}, when it is given", f"{_BOTH}; without a policy, not possible"),
)
