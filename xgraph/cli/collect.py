"""`xgraph collect`: asks AWS and writes a snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._collecting import LOGS, listening, summary
from ._errors import FAILED, INTERRUPTED, UNDECIDED, BadInput, Failed

if TYPE_CHECKING:
    from xgraph.ingest.collect.plan import Plan
    from xgraph.ingest.collect.runner import Collected
    from xgraph.ingest.snapshot.collection import Begin


def _split(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Several values, repeated or with commas between them."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write the snapshot.")
@click.option("--profile", metavar="NAME", help="The AWS profile to begin with.  [default: as the AWS CLI chooses]")
@click.option("--organization", is_flag=True, help="Collect every active account of the organization.")
@click.option("--no-organization", is_flag=True, help="State that there is no organization; it is not asked about.")
@click.option("--role-name", "role_names", multiple=True, metavar="NAME", help="Role to assume in each other account; several: repeat it.")
@click.option("--external-id", metavar="ID", help="External id that those roles ask for.")
@click.option("--accounts", multiple=True, callback=_split, metavar="IDS", help="Only these accounts, with commas between.")
@click.option("--exclude-accounts", multiple=True, callback=_split, metavar="IDS", help="All but these accounts.")
@click.option("--ou", "units", multiple=True, callback=_split, metavar="IDS", help="Only accounts below these organizational units.")
@click.option(
    "--regions", multiple=True, callback=_split, metavar="NAMES",
    help="Regions, with commas between, or `enabled` for all that an account has enabled.  [default: the configured one]",
)  # fmt: skip
@click.option("--region", metavar="NAME", help="The region to begin with.  [default: as the AWS CLI chooses]")
@click.option("--services", multiple=True, callback=_split, metavar="NAMES", help="Only these services, as docs/collecting.md names them.")
@click.option(
    "--objects", multiple=True, metavar="BUCKET/PREFIX",
    help="Look at the objects below this prefix too: owner, ACL, tags, key; repeatable.  [default: at none]",
)  # fmt: skip
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At so many objects of each prefix at most.  [default: at all]")
@click.option("--endpoint-url", metavar="URL", help="Another endpoint than AWS, such as a moto server.")
@click.option("--workers", type=click.IntRange(min=1), default=16, show_default=True, help="Calls under way side by side.")
@click.option("--name", default="", metavar="NAME", help="The snapshot's name in answers.  [default: its organization or accounts]")
@click.option("--force", is_flag=True, help="Replace the snapshot that is there.")
@click.option("--resume", is_flag=True, help="Go on with a collection that was interrupted, with the options it began with.")
@click.option(
    "--refresh", multiple=True, callback=_split, metavar="ACCOUNT/SERVICE",
    help="Ask only these again and keep the rest of the snapshot; `*` stands for any.",
)  # fmt: skip
@click.option("--add", is_flag=True, help="Add to the snapshot that is there: another organization, more accounts or services.")
@click.option("--strict", is_flag=True, help="Leave with 3 when any call was denied or failed.")
@click.option(
    "--log", type=click.Choice(LOGS), default="auto", show_default=True,
    help="What is said meanwhile: a bar in a terminal, a line an account, JSON lines, or nothing.",
)  # fmt: skip
@click.option("--print-policy", is_flag=True, help="Print the IAM policy that collecting needs, and ask nothing.")
@click.option("--print-stackset", is_flag=True, help="Print a CloudFormation template with a role for every account, and ask nothing.")
def collect(
    *,
    out: Path | None,
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    external_id: str | None,
    workers: int,
    name: str,
    strict: bool,
    log: str,
    print_policy: bool,
    print_stackset: bool,
    **options: Any,
) -> int:
    """Ask AWS for everything that grants or limits access, and write it down as a snapshot. Nothing is changed in AWS.

    Without --organization the account of the credentials is collected, with what it may see of its organization. With it every
    active account is: the own one with the own credentials, the others with the first role of --role-name that can be assumed.

    What AWS does not let us see is no error: it is noted, it makes the answers that depend on it CONDITIONAL, and the summary at
    the end says where (`xgraph coverage` says it again). Needed permissions, what is stored and what is not: docs/collecting.md.

    Ctrl-C, credentials that expire and a full disk end a collection early: what was written is whole, and --resume goes on.

    \b
    Examples:
      xgraph collect --out monday
      xgraph collect --out monday --profile mgmt --organization --role-name OrganizationAccountAccessRole
      xgraph collect --out monday --organization --role-name Audit --role-name AWSControlTowerExecution --regions enabled
      xgraph collect --out monday --resume
      xgraph collect --out monday --refresh 100000000002/s3 --role-name Audit
      xgraph collect --print-stackset > role.json

    \b
    Exit status:
      0    collected
      2    bad usage
      3    collected with gaps, under --strict
      4    AWS, the network, the credentials or the disk failed; --resume goes on where something was collected
      130  interrupted; --resume goes on
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    plan = _plan(**options)
    if print_policy or print_stackset:
        return _print(plan, is_template=print_stackset)
    if out is None:
        raise click.UsageError("--out is missing: where to write the snapshot")
    from xgraph.ingest.collect.session import Access

    access = Access(profile, region, endpoint_url, plan.roles, external_id)
    try:
        done = _run(access, out, plan, _begin(**options), workers, name, log)
    except KeyboardInterrupt:
        click.echo("xgraph: interrupted: what was collected is kept, go on with --resume", err=True)
        return INTERRUPTED
    if log != "quiet":
        for line in summary(done, out):
            click.echo(line, err=True)
    return _conclude(done, out, plan, strict=strict)


def _plan(
    *,
    organization: bool,
    no_organization: bool,
    role_names: tuple[str, ...],
    accounts: tuple[str, ...],
    exclude_accounts: tuple[str, ...],
    units: tuple[str, ...],
    regions: tuple[str, ...],
    services: tuple[str, ...],
    objects: tuple[str, ...],
    sample: int | None,
    refresh: tuple[str, ...],
    resume: bool,
    **_: bool,
) -> Plan:
    if organization and no_organization:
        raise click.UsageError("--organization and --no-organization exclude each other")
    goes_on = resume or bool(refresh)
    if sample and not objects:
        raise click.UsageError("--sample says how many objects of each --objects are looked at")
    if organization and not role_names:
        raise click.UsageError("--organization needs --role-name, the role to assume in the other accounts")
    if role_names and not (organization or accounts or goes_on):
        raise click.UsageError("--role-name is for --organization and --accounts: the own account is collected with the own credentials")
    if (exclude_accounts or units) and not organization:
        raise click.UsageError("--exclude-accounts and --ou choose among the accounts of an organization: they need --organization")
    from xgraph.ingest.collect.plan import Plan
    from xgraph.ingest.collect.session import UsageError

    try:
        return Plan(
            whole=organization, none=no_organization, accounts=accounts, excluded=exclude_accounts, units=units, regions=regions,
            services=services, refresh=refresh, roles=role_names, objects=tuple(map(_bucket_and_prefix, objects)), sample=sample or 0,
        )  # fmt: skip
    except UsageError as error:
        raise BadInput(str(error)) from error


def _bucket_and_prefix(text: str) -> tuple[str, str]:
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    return bucket, prefix


def _begin(*, force: bool, resume: bool, refresh: tuple[str, ...], add: bool, **_: Any) -> Begin:
    from xgraph.ingest.snapshot.collection import Begin

    chosen = [
        begin
        for begin, is_wanted in ((Begin.OVER, force), (Begin.RESUME, resume), (Begin.REFRESH, bool(refresh)), (Begin.ADD, add))
        if is_wanted
    ]
    if len(chosen) > 1:
        raise click.UsageError("--force, --resume, --refresh and --add exclude each other")
    return chosen[0] if chosen else Begin.NEW


def _print(plan: Plan, *, is_template: bool) -> int:
    from xgraph.ingest.collect.permissions import MOST_SIGNS, read_policy, signs_of, stack_set

    printed = stack_set(plan) if is_template else read_policy(plan)
    click.echo(json.dumps(printed, indent=2))
    if not is_template and signs_of(printed) > MOST_SIGNS:
        click.echo(
            f"xgraph: warning: the policy has {signs_of(printed)} signs and a managed policy {MOST_SIGNS} at most:"
            " make several of it, one statement each if need be",
            err=True,
        )
    return 0


def _run(access: Any, out: Path, plan: Plan, begin: Begin, workers: int, name: str, log: str) -> Collected:
    from xgraph.ingest.collect.runner import collect as run
    from xgraph.ingest.collect.session import CollectError, UsageError
    from xgraph.ingest.snapshot.layout import SnapshotError

    try:
        with listening(log) as listener:
            return run(access, out, plan, begin=begin, workers=workers, name=name, listener=listener)
    except (UsageError, SnapshotError) as error:
        raise BadInput(str(error)) from error
    except CollectError as error:
        raise Failed(str(error)) from error


def _conclude(done: Collected, out: Path, plan: Plan, *, strict: bool) -> int:
    """The last word, and the exit status."""
    for bucket in sorted({bucket for bucket, _ in plan.objects} - done.tally.buckets) if not done.stopped else ():
        click.echo(f"xgraph: warning: no objects of `{bucket}` were looked at: no account that was collected shows this bucket", err=True)
    if done.stopped:
        kept = f"what was collected is in `{out}`" if done.id else f"what was collected is kept in `{out}`"
        click.echo(f"xgraph: {'' if done.stopped == 'interrupted' else 'error: '}{done.stopped}: {kept}, go on with --resume", err=True)
        return INTERRUPTED if done.stopped == "interrupted" else FAILED
    if strict and not done.is_complete:
        click.echo("xgraph: error: the collection is incomplete", err=True)
        return UNDECIDED
    return 0
