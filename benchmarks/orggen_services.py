"""An emitter for each service that xgraph reads, and what `--services` of orggen plants with them.

Services whose resources carry policies stand in orggen_policies; here are those that share by lists, hold roles, or let people in.
"""

from __future__ import annotations

import orggen_policies as policies
from orggen_planter import GLOBAL, REGION, Planter, allow, doc, hex_id, policy_or_none, stmt, text_of, trust, uuid


def shared(p: Planter, case: str, action: str, resource: str, *, also: tuple = ()) -> None:
    """The truth about something that a list opens to the other account, whose principals need the permission besides."""
    able = p.role(case, allow(action, [resource, *also]))
    p.access(case, "allowed", able, action, resource)


def unshared(p: Planter, case: str, action: str, resource: str) -> None:
    """The truth about something that no list opens to anybody."""
    p.access(case, "blocked", p.role(case, allow(action, resource)), action, resource)


def held(p: Planter, case: str, service: str, compute: str) -> str:
    """A role that compute holds, with the truth that it reads an object; a second piece of compute has it without its trust."""
    target = p.bucket(case)
    role = p.reader(f"{case}-role", (trust({"Service": service}),), target)
    p.chain(case, "allowed", [f"compute:{compute}", role, target], ["sts:AssumeRole", "s3:GetObject"])
    return role


def untrusted(p: Planter, case: str, compute: str) -> str:
    """A role that compute is said to hold and that does not trust its service."""
    target = p.bucket(case)
    role = p.reader(f"{case}-role", (trust({"Service": "monitoring.rds.amazonaws.com"}),), target)
    p.chain(case, "blocked", [f"compute:{compute}", role, target], ["sts:AssumeRole", "s3:GetObject"], at=0)
    return role


def cloudformation(p: Planter) -> None:
    arns = {case: p.arn("cloudformation", f"stack/{p.name(case)}/{uuid(p.home + case)}") for case in ("stack", "untrusted")}
    roles = {
        "stack": held(p, "stack", "cloudformation.amazonaws.com", arns["stack"]),
        "untrusted": untrusted(p, "untrusted", arns["untrusted"]),
    }
    stacks = [{"StackId": arns[c], "StackName": p.name(c), "StackStatus": "CREATE_COMPLETE", "RoleARN": roles[c]} for c in arns]
    p.batch().ok("describe_stacks", {}, {"Stacks": stacks})


def codebuild(p: Planter) -> None:
    items = policies.pair(p, p.arn("codebuild", "project/{name}"), "codebuild:BatchGetProjects")
    roles = {items[0].name: held(p, "project", "codebuild.amazonaws.com", items[0].arn)}
    roles[items[1].name] = untrusted(p, "untrusted", items[1].arn)
    batch, names = p.batch(), sorted(roles)
    batch.ok("list_projects", {}, {"projects": names})
    projects = [{"name": one.name, "arn": one.arn, "serviceRole": roles[one.name], "tags": []} for one in items]
    batch.ok("batch_get_projects", {"names": names}, {"projects": projects, "projectsNotFound": []})
    for one in items:
        policy_or_none(batch, "get_resource_policy", {"resourceArn": one.arn}, one, lambda text: {"policy": text})


def ecs(p: Planter) -> None:
    arns = {case: p.arn("ecs", f"task-definition/{p.name(case)}:1") for case in ("task", "untrusted")}
    roles = {"task": held(p, "task", "ecs-tasks.amazonaws.com", arns["task"]), "untrusted": untrusted(p, "untrusted", arns["untrusted"])}
    batch = p.batch()
    batch.ok("list_task_definitions", {}, {"taskDefinitionArns": list(arns.values())})
    for case, arn in arns.items():
        definition = {"taskDefinitionArn": arn, "family": p.name(case), "revision": 1, "taskRoleArn": roles[case]}
        batch.ok("describe_task_definition", {"taskDefinition": arn}, {"taskDefinition": definition})


def eks(p: Planter) -> None:
    """A service account with a Pod Identity association, one that the cluster's issuer signs for, and one whose role does not trust."""
    cluster = p.name("cluster")
    arn, issuer = p.arn("eks", f"cluster/{cluster}"), f"oidc.eks.{REGION}.amazonaws.com/id/{hex_id(p.home, 32).upper()}"
    provider = f"arn:aws:iam::{p.home}:oidc-provider/{issuer}"
    irsa, target = p.bucket("irsa"), {}
    for case, service in (("pod", "pods.eks.amazonaws.com"), ("untrusted", "ec2.amazonaws.com")):
        target[case] = p.bucket(case)
        trusts = (trust({"Service": service}, action=["sts:AssumeRole", "sts:TagSession"]),)
        role = p.reader(f"{case}-role", trusts, target[case])
        nodes = [f"compute:{arn}/apps/{case}", role, target[case]]
        p.chain(case, "allowed" if case == "pod" else "blocked", nodes, ["sts:AssumeRole", "s3:GetObject"], at=0)
    subject = {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:apps:signed", f"{issuer}:aud": "sts.amazonaws.com"}}
    role = p.reader("irsa-role", (trust({"Federated": provider}, subject, "sts:AssumeRoleWithWebIdentity"),), irsa)
    p.chain("irsa", "allowed", [f"compute:{arn}/apps/signed", role, irsa], ["sts:AssumeRoleWithWebIdentity", "s3:GetObject"])
    providers_of(p, [provider])
    batch, here = p.batch(), {"clusterName": cluster}
    batch.ok("list_clusters", {}, {"clusters": [cluster]})
    batch.ok(
        "describe_cluster",
        {"name": cluster},
        {"cluster": {"name": cluster, "arn": arn, "identity": {"oidc": {"issuer": f"https://{issuer}"}}}},
    )
    listed = []
    for number, case in enumerate(target):
        ident = f"a-{number:017d}"
        one = {"associationId": ident, "clusterName": cluster, "namespace": "apps", "serviceAccount": case}
        listed.append(one)
        bound = {**one, "roleArn": f"arn:aws:iam::{p.home}:role/{p.name(case)}-role", "disableSessionTags": False}
        batch.ok("describe_pod_identity_association", {**here, "associationId": ident}, {"association": bound})
    batch.ok("list_pod_identity_associations", here, {"associations": listed})
    batch.ok("list_access_entries", here, {"accessEntries": []})


def providers_of(p: Planter, arns: list[str]) -> None:
    """Registers OIDC providers in the home account."""
    batch = p.batch("iam", GLOBAL)
    listed = next((one.answer["OpenIDConnectProviderList"] for one in batch.answers if one.call == "list_open_id_connect_providers"), None)
    if listed is None:
        listed = []
        batch.ok("list_open_id_connect_providers", {}, {"OpenIDConnectProviderList": listed})
    for arn in arns:
        listed.append({"Arn": arn})
        url = arn.partition(":oidc-provider/")[2]
        batch.ok("get_open_id_connect_provider", {"OpenIDConnectProviderArn": arn}, {"Url": url, "ClientIDList": ["sts.amazonaws.com"]})


def iam(p: Planter) -> None:
    """A provider of tokens: a role for one subject, and one for another audience."""
    provider = f"arn:aws:iam::{p.home}:oidc-provider/tokens.example.com"
    source = f"oidc:{provider}#repo:xg"
    for case, verdict, subject in (("token", "allowed", "repo:xg"), ("other-token", "blocked", "repo:other")):
        target = p.bucket(f"{case}-data")
        condition = {"StringEquals": {"tokens.example.com:sub": subject}}
        role = p.reader(case, (trust({"Federated": provider}, condition, "sts:AssumeRoleWithWebIdentity"),), target)
        p.chain(case, verdict, [source, role, target], ["sts:AssumeRoleWithWebIdentity", "s3:GetObject"], at=0)
    providers_of(p, [provider])


def ec2(p: Planter) -> None:
    """What is shared by lists, and what holds roles through instance profiles."""
    batch = p.batch()
    _lists_of_ec2(p, batch)
    _profiles_of_ec2(p, batch)
    batch.ok("describe_vpc_endpoints", {}, {"VpcEndpoints": []})


def _lists_of_ec2(p: Planter, batch) -> None:
    snapshots = {case: f"snap-{hex_id(p.home + case, 17)}" for case in ("snapshot", "own-snapshot")}
    listed = [{"SnapshotId": ident, "OwnerId": p.home, "Encrypted": False} for ident in snapshots.values()]
    batch.ok("describe_snapshots", {"OwnerIds": ["self"]}, {"Snapshots": listed})
    for case, ident in snapshots.items():
        given = [{"UserId": p.away}] if case == "snapshot" else []
        at = {"SnapshotId": ident, "Attribute": "createVolumePermission"}
        batch.ok("describe_snapshot_attribute", at, {"SnapshotId": ident, "CreateVolumePermissions": given})
    arns = {case: f"arn:aws:ec2:{REGION}::snapshot/{ident}" for case, ident in snapshots.items()}
    shared(p, "snapshot", "ebs:GetSnapshotBlock", arns["snapshot"])
    unshared(p, "own-snapshot", "ebs:GetSnapshotBlock", arns["own-snapshot"])
    images = {case: f"ami-{hex_id(p.home + case, 17)}" for case in ("image", "own-image")}
    batch.ok("describe_images", {"Owners": ["self"]}, {"Images": [{"ImageId": ident, "OwnerId": p.home} for ident in images.values()]})
    for case, ident in images.items():
        given = [{"UserId": p.away}] if case == "image" else []
        batch.ok(
            "describe_image_attribute", {"ImageId": ident, "Attribute": "launchPermission"}, {"ImageId": ident, "LaunchPermissions": given}
        )
    shared(p, "image", "ec2:CopyImage", f"arn:aws:ec2:{REGION}::image/{images['image']}")
    unshared(p, "own-image", "ec2:CopyImage", f"arn:aws:ec2:{REGION}::image/{images['own-image']}")
    services = {case: f"vpce-svc-{hex_id(p.home + case, 17)}" for case in ("service", "own-service")}
    configurations = [{"ServiceId": ident, "ServiceName": f"com.amazonaws.vpce.{REGION}.{ident}"} for ident in services.values()]
    batch.ok("describe_vpc_endpoint_service_configurations", {}, {"ServiceConfigurations": configurations})
    for case, ident in services.items():
        given = [{"PrincipalType": "Account", "Principal": f"arn:aws:iam::{p.away}:root"}] if case == "service" else []
        batch.ok("describe_vpc_endpoint_service_permissions", {"ServiceId": ident}, {"AllowedPrincipals": given})
    arn = p.arn("ec2", "vpc-endpoint-service/{}")
    shared(p, "service", "ec2:CreateVpcEndpoint", arn.format(services["service"]))
    unshared(p, "own-service", "ec2:CreateVpcEndpoint", arn.format(services["own-service"]))


def _profiles_of_ec2(p: Planter, batch) -> None:
    ident, template = f"i-{hex_id(p.home, 17)}", f"lt-{hex_id(p.home, 17)}"
    instance, launched = p.arn("ec2", f"instance/{ident}"), p.arn("ec2", f"launch-template/{template}:1")
    target = p.bucket()
    role = p.reader("instance-role", (trust({"Service": "ec2.amazonaws.com"}),), target, profile=True)
    for case, compute in (("instance", instance), ("template", launched)):
        p.chain(case, "allowed", [f"compute:{compute}", role, target], ["sts:AssumeRole", "s3:GetObject"])
    profile = p.data[p.home].roles[role]["InstanceProfileList"][0]
    profile["Roles"] = [{"Arn": role, "RoleName": p.name("instance-role")}]
    one = {"InstanceId": ident, "IamInstanceProfile": {"Arn": profile["Arn"]}, "State": {"Name": "running"}}
    bare = {"InstanceId": f"i-{hex_id(p.home + 'bare', 17)}", "State": {"Name": "running"}}
    batch.ok("describe_instances", {}, {"Reservations": [{"Instances": [one, bare]}]})
    data = {"IamInstanceProfile": {"Name": profile["InstanceProfileName"]}}
    version = {"LaunchTemplateId": template, "LaunchTemplateName": p.name("template"), "VersionNumber": 1, "LaunchTemplateData": data}
    batch.ok("describe_launch_template_versions", {"Versions": ["$Default", "$Latest"]}, {"LaunchTemplateVersions": [version]})


def glue(p: Planter) -> None:
    """The catalog with its policy, and what holds roles."""
    catalog, database = p.arn("glue", "catalog"), p.arn("glue", "database/xg")
    own = (allow("glue:GetDatabase", catalog),)
    policy = p.policy("glue:GetDatabase", database, [catalog, database], holder=catalog, own=own)
    batch, names = p.batch(), {case: p.name(case) for case in ("job", "crawler", "untrusted")}
    batch.ok("get_resource_policy", {}, {"PolicyInJson": text_of(policy)})
    batch.ok("get_resource_policies", {}, {"GetResourcePoliciesResponseList": [{"PolicyInJson": text_of(policy)}]})
    job = held(p, "job", "glue.amazonaws.com", p.arn("glue", f"job/{names['job']}"))
    crawler = held(p, "crawler", "glue.amazonaws.com", p.arn("glue", f"crawler/{names['crawler']}"))
    other = untrusted(p, "untrusted", p.arn("glue", f"job/{names['untrusted']}"))
    batch.ok("get_jobs", {}, {"Jobs": [{"Name": names["job"], "Role": job}, {"Name": names["untrusted"], "Role": other}]})
    batch.ok("get_crawlers", {}, {"Crawlers": [{"Name": names["crawler"], "Role": crawler.rpartition("/")[2]}]})


def lambda_(p: Planter) -> None:
    """A function, its alias and a layer, each with a policy of its own, and the roles that functions hold."""
    items = policies.pair(p, p.arn("lambda", "function:{name}"), "lambda:InvokeFunction", kind="function")
    roles = (held(p, "role", "lambda.amazonaws.com", items[0].arn), untrusted(p, "untrusted", items[1].arn))
    alias = f"{items[0].arn}:live"
    alias_policy = p.policy("lambda:InvokeFunction", alias, kind="alias")
    layer = p.arn("lambda", f"layer:{p.name('layer')}:1")
    layer_policy = p.policy("lambda:GetLayerVersion", layer, kind="layer")
    batch = p.batch()
    listed = [{"FunctionName": one.name, "FunctionArn": one.arn, "Role": role} for one, role in zip(items, roles, strict=True)]
    batch.ok("list_functions", {}, {"Functions": listed})
    for one, aliases in zip(items, ([{"Name": "live", "AliasArn": alias, "FunctionVersion": "1"}], []), strict=True):
        at = {"FunctionName": one.name}
        batch.ok("list_versions_by_function", at, {"Versions": [{"Version": "$LATEST", "FunctionArn": f"{one.arn}:$LATEST"}]})
        batch.ok("list_aliases", at, {"Aliases": aliases})
        batch.ok("list_function_url_configs", at, {"FunctionUrlConfigs": []})
        policy_or_none(batch, "get_policy", at, one, lambda text: {"Policy": text, "RevisionId": "1"})
        batch.ok("list_tags", {"Resource": one.arn}, {"Tags": {"team": "xg"}})
    batch.ok("get_policy", {"FunctionName": items[0].name, "Qualifier": "live"}, {"Policy": text_of(alias_policy), "RevisionId": "1"})
    name = p.name("layer")
    batch.ok("list_layers", {}, {"Layers": [{"LayerName": name, "LayerArn": layer.rpartition(":")[0]}]})
    batch.ok("list_layer_versions", {"LayerName": name}, {"LayerVersions": [{"LayerVersionArn": layer, "Version": 1}]})
    batch.ok("get_layer_version_policy", {"LayerName": name, "VersionNumber": 1}, {"Policy": text_of(layer_policy), "RevisionId": "1"})


def ram(p: Planter) -> None:
    """A component of Image Builder that a share opens, and one that nobody shares."""
    arns = {case: p.arn("imagebuilder", f"component/{p.name(case)}/1.0.0/1") for case in ("shared", "own")}
    statement = stmt("Allow", "imagebuilder:GetComponent", arns["shared"], {"AWS": f"arn:aws:iam::{p.away}:root"})
    batch, own = p.batch(), {"resourceOwner": "SELF"}
    batch.ok("list_resources", own, {"resources": [{"arn": arns["shared"], "type": "imagebuilder:Component"}]})
    batch.ok("list_principals", own, {"principals": [{"id": p.away, "external": False}]})
    batch.ok("get_resource_policies", {"resourceArns": [arns["shared"]]}, {"policies": [text_of(doc(statement))]})
    shared(p, "shared", "imagebuilder:GetComponent", arns["shared"])
    nobody = p.role("no-permission")
    p.access("no-permission", "blocked", nobody, "imagebuilder:GetComponent", arns["shared"])
    unshared(p, "own", "imagebuilder:GetComponent", arns["own"])


def rds(p: Planter) -> None:
    batch, manual = p.batch(), {"SnapshotType": "manual"}
    names = {case: p.name(case) for case in ("shared", "own")}
    for word, kind in (("DBSnapshot", "snapshot"), ("DBClusterSnapshot", "cluster-snapshot")):
        cluster = "_cluster" if "Cluster" in word else ""
        encrypted = "StorageEncrypted" if cluster else "Encrypted"
        arns = {case: p.arn("rds", f"{kind}:{name}") for case, name in names.items()}
        listed = [{f"{word}Identifier": names[c], f"{word}Arn": arn, encrypted: False} for c, arn in arns.items()]
        batch.ok(f"describe_db{cluster}_snapshots", manual, {f"{word}s": listed})
        for case, name in names.items():
            values = [p.away] if case == "shared" else []
            told = {f"{word}Identifier": name, f"{word}Attributes": [{"AttributeName": "restore", "AttributeValues": values}]}
            batch.ok(f"describe_db{cluster}_snapshot_attributes", {f"{word}Identifier": name}, {f"{word}AttributesResult": told})
        action = f"rds:Copy{word}"
        shared(p, f"{kind}-shared", action, arns["shared"])
        unshared(p, f"{kind}-own", action, arns["own"])


def rolesanywhere(p: Planter) -> None:
    """A certificate gets the role of an enabled profile; another role does not trust the service."""
    target, elsewhere = p.bucket(), p.bucket("other")
    anchor, profile = p.arn("rolesanywhere", f"trust-anchor/{uuid('a')}"), p.arn("rolesanywhere", f"profile/{uuid('p')}")
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    role = p.reader("certificate", (trust({"Service": "rolesanywhere.amazonaws.com"}, action=actions),), target)
    other = p.reader("untrusted", (trust({"Service": "ec2.amazonaws.com"}),), elsewhere)
    source = "service:rolesanywhere.amazonaws.com"
    p.chain("certificate", "allowed", [source, role, target], ["sts:AssumeRole", "s3:GetObject"])
    p.chain("untrusted", "blocked", [source, other, elsewhere], ["sts:AssumeRole", "s3:GetObject"], at=0)
    batch = p.batch()
    given = {"sourceType": "CERTIFICATE_BUNDLE"}
    batch.ok("list_trust_anchors", {}, {"trustAnchors": [{"trustAnchorArn": anchor, "name": "xg", "enabled": True, "source": given}]})
    held_by = {"profileArn": profile, "name": "xg", "enabled": True, "roleArns": [role, other]}
    batch.ok("list_profiles", {}, {"profiles": [held_by]})


def s3_objects(p: Planter) -> None:
    """Objects of a bucket with ACLs enabled: the bucket's owner reads its own, not what another account has put there."""
    target = p.bucket()
    bucket = target.removeprefix("arn:aws:s3:::").partition("/")[0]
    settings = p.data[p.home].resources["Buckets"][-1]
    settings["OwnershipControls"] = "ObjectWriter"
    owner, other = settings["Acl"]["Owner"]["ID"], hex_id(p.away, 64)
    keys = {"report.csv": owner, "foreign.csv": other}
    batch = p.batch("s3-objects", GLOBAL)
    batch.ok("list_buckets", {}, {"Buckets": [{"Name": bucket, "BucketRegion": "eu-west-1"}]})
    contents = [{"Key": key, "Owner": {"ID": who}} for key, who in sorted(keys.items())]
    batch.ok("list_objects_v2", {"Bucket": bucket, "Prefix": "", "FetchOwner": True}, {"Contents": contents})
    for key, who in keys.items():
        at = {"Bucket": bucket, "Key": key}
        grants = [{"Grantee": {"Type": "CanonicalUser", "ID": who}, "Permission": "FULL_CONTROL"}]
        batch.ok("get_object_acl", at, {"Owner": {"ID": who}, "Grants": grants})
        batch.ok("get_object_tagging", at, {"TagSet": []})
        batch.ok("head_object", at, {"ServerSideEncryption": "AES256"})
    foreign = target.replace("report.csv", "foreign.csv")
    reader = p.role("reader", allow("s3:GetObject", [target, foreign]), account=p.home)
    p.access("own", "allowed", reader, "s3:GetObject", target)
    p.access("foreign", "blocked", reader, "s3:GetObject", foreign)


def s3control(p: Planter) -> None:
    """An access point: its policy and that of the bucket, which leaves the decision to its account's access points."""
    target = p.bucket()
    bucket = target.removeprefix("arn:aws:s3:::").partition("/")[0]
    arn = p.arn("s3", f"accesspoint/{p.name('point')}")
    delegated = {"StringEquals": {"s3:DataAccessPointAccount": p.home}}
    everybody = stmt("Allow", "s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], {"AWS": "*"}, delegated)
    p.data[p.home].resources["Buckets"][-1]["Policy"] = doc(everybody)
    behind = (allow("s3:GetObject", target),)  # whether it has to be named besides the access point is not documented
    policy = p.policy("s3:GetObject", f"{arn}/object/report.csv", f"{arn}/object/*", holder=arn, own=behind)
    batch, name = p.batch(), p.name("point")
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    point = {"Name": name, "NetworkOrigin": "Internet", "Bucket": bucket, "AccessPointArn": arn, "BucketAccountId": p.home}
    here, at = {"AccountId": p.home}, {"AccountId": p.home, "Name": name}
    batch.ok("list_access_points", here, {"AccessPointList": [point]})
    described = {"Name": name, "Bucket": bucket, "NetworkOrigin": "Internet", "PublicAccessBlockConfiguration": block}
    batch.ok("get_access_point", at, described)
    batch.ok("get_access_point_policy", at, {"Policy": text_of(policy)})
    batch.ok("list_access_points_for_object_lambda", here, {"ObjectLambdaAccessPointList": []})


def sagemaker(p: Planter) -> None:
    items = policies.pair(p, p.arn("sagemaker", "model-package-group/{name}"), "sagemaker:DescribeModelPackageGroup")
    batch = p.batch()
    groups = [{"ModelPackageGroupName": one.name, "ModelPackageGroupArn": one.arn} for one in items]
    batch.ok("list_model_package_groups", {}, {"ModelPackageGroupSummaryList": groups})
    for one in items:
        at = {"ModelPackageGroupName": one.name}
        policy_or_none(batch, "get_model_package_group_policy", at, one, lambda text: {"ResourcePolicy": text})
    names = {case: p.name(case) for case in ("notebook", "untrusted")}
    arns = {case: p.arn("sagemaker", f"notebook-instance/{name}") for case, name in names.items()}
    roles = {"notebook": held(p, "notebook", "sagemaker.amazonaws.com", arns["notebook"])}
    roles["untrusted"] = untrusted(p, "untrusted", arns["untrusted"])
    listed = [{"NotebookInstanceName": names[case], "NotebookInstanceArn": arn} for case, arn in arns.items()]
    batch.ok("list_notebook_instances", {}, {"NotebookInstances": listed})
    for one, case in zip(listed, names, strict=True):
        at = {"NotebookInstanceName": one["NotebookInstanceName"]}
        batch.ok("describe_notebook_instance", at, {**one, "RoleArn": roles[case]})
    ident = f"d-{hex_id(p.home, 12)}"
    domain = p.arn("sagemaker", f"domain/{ident}")
    batch.ok("list_domains", {}, {"Domains": [{"DomainArn": domain, "DomainId": ident}]})
    settings = {"ExecutionRole": held(p, "studio", "sagemaker.amazonaws.com", domain)}
    described = {"DomainArn": domain, "DomainId": ident, "DomainName": p.name("studio"), "DefaultUserSettings": settings}
    batch.ok("describe_domain", {"DomainId": ident}, described)


def ssm(p: Planter) -> None:
    batch, names = p.batch(), {case: p.name(case) for case in ("shared", "own")}
    own = {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}
    batch.ok("list_documents", own, {"DocumentIdentifiers": [{"Name": name, "Owner": p.home} for name in names.values()]})
    for case, name in names.items():
        accounts = [p.away] if case == "shared" else []
        batch.ok("describe_document_permission", {"Name": name, "PermissionType": "Share"}, {"AccountIds": accounts})
    shared(p, "shared", "ssm:GetDocument", p.arn("ssm", f"document/{names['shared']}"))
    unshared(p, "own", "ssm:GetDocument", p.arn("ssm", f"document/{names['own']}"))


def sso_admin(p: Planter) -> None:
    """A person with a permission set through a group, and one whose group has none."""
    target, suffix = p.bucket(), hex_id(p.home, 16)
    provider = f"arn:aws:iam::{p.home}:saml-provider/AWSSSO_{suffix}_DO_NOT_DELETE"
    sign_in = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    trusts = (trust({"Federated": provider}, sign_in, ["sts:AssumeRoleWithSAML", "sts:TagSession"]),)
    name, path = f"AWSReservedSSO_XgReaders_{suffix}", f"/aws-reserved/sso.amazonaws.com/{REGION}/"
    role = p.reader("", trusts, target, name=name, path=path)
    people, groups = {"ada": uuid("xg ada"), "bob": uuid("xg bob")}, {"readers": uuid("xg readers"), "others": uuid("xg others")}
    for person, verdict in (("ada", "allowed"), ("bob", "blocked")):
        nodes = [f"idc-user:{people[person]}", role, target]
        p.chain(person, verdict, nodes, ["sts:AssumeRoleWithSAML", "s3:GetObject"], at=0)
    instance, store = f"arn:aws:sso:::instance/ssoins-{hex_id('xg', 16)}", f"d-{hex_id('xg', 10)}"
    permission_set = f"arn:aws:sso:::permissionSet/ssoins-{hex_id('xg', 16)}/ps-{hex_id('xg', 16)}"
    batch, here, at = p.batch(), {"InstanceArn": instance}, {"InstanceArn": instance, "PermissionSetArn": permission_set}
    batch.ok("list_instances", {}, {"Instances": [{"InstanceArn": instance, "IdentityStoreId": store, "OwnerAccountId": p.home}]})
    batch.ok("list_permission_sets", here, {"PermissionSets": [permission_set]})
    batch.ok("describe_permission_set", at, {"PermissionSet": {"Name": "XgReaders", "PermissionSetArn": permission_set}})
    batch.ok("list_accounts_for_provisioned_permission_set", at, {"AccountIds": [p.home]})
    assigned = {"AccountId": p.home, "PermissionSetArn": permission_set, "PrincipalType": "GROUP", "PrincipalId": groups["readers"]}
    batch.ok("list_account_assignments", {**at, "AccountId": p.home}, {"AccountAssignments": [assigned]})
    directory = {"IdentityStoreId": store}
    users = [{"UserName": name, "UserId": ident, **directory} for name, ident in people.items()]
    batch.ok("identitystore.list_users", directory, {"Users": users})
    listed = [{"GroupId": ident, "DisplayName": name, **directory} for name, ident in groups.items()]
    batch.ok("identitystore.list_groups", directory, {"Groups": listed})
    for person, group in (("ada", "readers"), ("bob", "others")):
        member = {**directory, "MembershipId": uuid(person), "GroupId": groups[group], "MemberId": {"UserId": people[person]}}
        batch.ok("identitystore.list_group_memberships", {**directory, "GroupId": groups[group]}, {"GroupMemberships": [member]})


# Service as snapshots name it → its emitter, and the call that says that there is nothing ("" where each account has something).
EMITTERS = {
    "acm-pca": (policies.acm_pca, "list_certificate_authorities"),
    "apigateway": (policies.apigateway, "get_rest_apis"),
    "backup": (policies.backup, "list_backup_vaults"),
    "bedrock": (policies.bedrock, "list_guardrails"),
    "cloudformation": (cloudformation, "describe_stacks"),
    "cloudtrail": (policies.cloudtrail, "list_channels"),
    "codeartifact": (policies.codeartifact, "list_repositories"),
    "codebuild": (codebuild, "list_projects"),
    "dsql": (policies.dsql, "list_clusters"),
    "dynamodb": (policies.dynamodb, ""),
    "dynamodbstreams": (policies.dynamodbstreams, "list_streams"),
    "ec2": (ec2, "describe_instances"),
    "ecr": (policies.ecr, ""),
    "ecs": (ecs, "list_task_definitions"),
    "efs": (policies.efs, "describe_file_systems"),
    "eks": (eks, "list_clusters"),
    "events": (policies.events, "list_event_buses"),
    "glacier": (policies.glacier, "list_vaults"),
    "glue": (glue, "get_jobs"),
    "iam": (iam, ""),
    "kafka": (policies.kafka, "list_clusters_v2"),
    "kinesis": (policies.kinesis, "list_streams"),
    "kms": (policies.kms, ""),
    "lambda": (lambda_, ""),
    "lexv2-models": (policies.lexv2_models, "list_bots"),
    "logs": (policies.logs, "describe_destinations"),
    "mediastore": (policies.mediastore, "list_containers"),
    "opensearch": (policies.opensearch, "list_domain_names"),
    "organizations": (policies.organizations, ""),
    "ram": (ram, "list_resources"),
    "rds": (rds, "describe_db_snapshots"),
    "redshift": (policies.redshift, "describe_clusters"),
    "redshift-serverless": (policies.redshift_serverless, "list_namespaces"),
    "rolesanywhere": (rolesanywhere, "list_profiles"),
    "s3": (policies.s3, ""),
    "s3-objects": (s3_objects, ""),
    "s3control": (s3control, "list_access_points"),
    "s3express": (policies.s3express, "list_directory_buckets"),
    "s3tables": (policies.s3tables, "list_table_buckets"),
    "sagemaker": (sagemaker, "list_domains"),
    "schemas": (policies.schemas, "list_registries"),
    "secretsmanager": (policies.secretsmanager, ""),
    "sesv2": (policies.sesv2, "list_email_identities"),
    "signer": (policies.signer, "list_signing_profiles"),
    "sns": (policies.sns, ""),
    "sqs": (policies.sqs, ""),
    "ssm": (ssm, "list_documents"),
    "sso-admin": (sso_admin, "list_instances"),
    "vpc-lattice": (policies.vpc_lattice, "list_services"),
    "xray": (policies.xray, "list_resource_policies"),
}


def plant(org, data: dict, services: tuple[str, ...], accounts: list[str]) -> Planter:
    """Plants these services in the organization, each between two of `accounts`; `data` gets the principals and buckets.

    Which accounts a service is in depends on the service alone, not on the others that are planted.
    """
    planter = Planter(org, data)
    for number, (service, (emit, _)) in enumerate(EMITTERS.items()):
        if service in services:
            planter.begin(service, number, accounts)
            emit(planter)
    for service, (_, listing) in EMITTERS.items():
        if service in services and listing:
            planter.elsewhere(service, listing, sorted(data))
    return planter


__all__ = ["EMITTERS", "plant"]
