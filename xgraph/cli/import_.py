"""`xgraph import`: a snapshot from files that other tools have written."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._coverage import coverage_lines
from ._errors import INTERRUPTED, UNDECIDED, BadInput

if TYPE_CHECKING:
    from xgraph.ingest.imports._done import Imported
    from xgraph.ingest.imports.terraform import Place

_FILE = click.Path(exists=True, path_type=Path)
_ONE_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_OUT = click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write the snapshot.")
_NO_ORGANIZATION = click.option("--no-organization", is_flag=True, help="State that there is no organization, hence no SCPs and RCPs.")
_EXIT_STATUS = """\b
Exit status:
  0    imported
  2    bad usage, or a file that can't be used; nothing was written
  3    with --strict: imported, and something could not be used
  4    the disk failed; nothing was written
  130  interrupted; nothing was written"""


class _Import(click.Command):
    """A command with the last options and the exit status that all imports have."""

    def __init__(self, name: str | None, *, help: str | None, params: list[click.Parameter], **rest: Any) -> None:  # noqa: A002  click's name
        last: list[click.Parameter] = [
            click.Option(
                ["--name"], default="", metavar="NAME", help="The snapshot's name in answers.  [default: its organization or accounts]"
            ),
            click.Option(["--force"], is_flag=True, help="Replace the snapshot that is there."),
            click.Option(["--strict"], is_flag=True, help="Leave with exit status 3 when something could not be used."),
        ]
        super().__init__(name, help=f"{cleandoc(help or '')}\n\n{_EXIT_STATUS}", params=[*params, *last], **rest)


class _Imports(click.Group):
    command_class = _Import


@click.group(name="import", cls=_Imports, context_settings={"help_option_names": ["-h", "--help"]})
def import_() -> None:
    """Write a snapshot from files that you already have, without asking AWS."""


@import_.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@_OUT
@click.option("--organization", type=_ONE_FILE, metavar="FILE", help="The organization.")
@_NO_ORGANIZATION
@click.option("--resources", multiple=True, type=_FILE, metavar="FILE", help="Buckets, queues and tables of an account; repeatable.")
def gaad(
    *,
    files: tuple[Path, ...],
    out: Path,
    organization: Path | None,
    no_organization: bool,
    resources: tuple[Path, ...],
    name: str,
    force: bool,
    strict: bool,
) -> int:
    """Import the output of `aws iam get-account-authorization-details`.

    A FILE is what the AWS CLI prints for one account, or a page of it; policy documents may be objects or URL-encoded text. A
    folder stands for every gaad*.json below it, and after --resources for every resources*.json. docs/collecting.md has jq
    recipes that make the files for --organization and --resources from AWS CLI output.

    Without --organization and --no-organization SCPs and RCPs are unknown; an account without --resources has unknown resources.

    \b
    Examples:
      aws iam get-account-authorization-details > gaad.json
      xgraph import gaad gaad.json --no-organization --out monday
      xgraph import gaad accounts/ --organization org.json --resources accounts/ --out monday
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if organization and no_organization:
        raise click.UsageError("--organization and --no-organization exclude each other")
    from xgraph.ingest.imports.gaad import import_gaad

    return _run(
        lambda: import_gaad(
            files, out, organization=organization, states_no_organization=no_organization, resources=resources, name=name, force=force
        ),
        out,
        strict=strict,
    )


@import_.command(name="iam-collect")
@click.argument("store", type=_FOLDER, metavar="STORE")
@_OUT
@_NO_ORGANIZATION
@click.option("--nothing-denied", is_flag=True, help="State that iam-collect was denied nothing: what is missing is none.")
@click.option("--owner-enforced", is_flag=True, help="State that all buckets have ACLs disabled, AWS's default since 2023.")
def iam_collect(
    *, store: Path, out: Path, no_organization: bool, nothing_denied: bool, owner_enforced: bool, name: str, force: bool, strict: bool
) -> int:
    """Import a file store that iam-collect has written.

    STORE is the folder of its configuration's storage path, or one above it. A store leaves out both what is empty and what its
    collector was not allowed to see, and says nothing of the ACLs of buckets: both are unknown unless you state otherwise.

    \b
    Examples:
      xgraph import iam-collect iam-data --out monday
      xgraph import iam-collect iam-data --nothing-denied --owner-enforced --out monday
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    from xgraph.ingest.imports.iam_collect import import_iam_collect

    return _run(
        lambda: import_iam_collect(
            store,
            out,
            states_no_organization=no_organization,
            nothing_denied=nothing_denied,
            owner_enforced=owner_enforced,
            name=name,
            force=force,
        ),
        out,
        strict=strict,
    )


@import_.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@_OUT
@click.option("--organization", type=_ONE_FILE, metavar="FILE", help="The organization, as for `xgraph import gaad`.")
@_NO_ORGANIZATION
def config(
    *, files: tuple[Path, ...], out: Path, organization: Path | None, no_organization: bool, name: str, force: bool, strict: bool
) -> int:
    """Import configuration items of AWS Config.

    A FILE is a configuration snapshot that Config has delivered to S3 (compressed or not), or what `aws configservice` prints for
    select-resource-config or select-aggregate-resource-config; a folder stands for all of them below it. docs/importing.md has the
    query to ask.

    \b
    Examples:
      xgraph import config snapshots/ --organization org.json --out monday
      xgraph import config results.json --no-organization --out monday
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if organization and no_organization:
        raise click.UsageError("--organization and --no-organization exclude each other")
    from xgraph.ingest.imports.config import import_config

    return _run(
        lambda: import_config(files, out, organization=organization, states_no_organization=no_organization, name=name, force=force),
        out,
        strict=strict,
    )


@import_.command(name="aws-cli")
@click.argument("folder", type=_FOLDER, metavar="FOLDER")
@_OUT
@click.option("--account", default="", metavar="ID", help="The account of files whose path names none.")
@click.option("--region", default="", metavar="REGION", help="The region of files whose path names none.")
@_NO_ORGANIZATION
def aws_cli(*, folder: Path, out: Path, account: str, region: str, no_organization: bool, name: str, force: bool, strict: bool) -> int:
    """Import a folder of what the AWS CLI has printed.

    A file is the output of one call, named [ACCOUNT/][REGION/]COMMAND.OPERATION[.VALUE].json, where VALUE is what the call is about:
    iam.get-account-authorization-details.json, s3api.get-bucket-policy.reports.json. A file may also hold the message of a call that
    failed. Listings of other names are told by their content.

    \b
    Examples:
      aws s3api get-bucket-policy --bucket reports > answers/100000000002/s3api.get-bucket-policy.reports.json 2>&1
      xgraph import aws-cli answers --region eu-west-1 --out monday
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    from xgraph.ingest.imports.aws_cli import import_aws_cli

    place = _account(account)
    return _run(
        lambda: import_aws_cli(folder, out, account=place, region=region, states_no_organization=no_organization, name=name, force=force),
        out,
        strict=strict,
    )


_ONTO = click.option("--onto", required=True, type=_FOLDER, metavar="SNAPSHOT", help="The snapshot that the change begins with.")


@import_.command()
@click.argument("plan", type=_ONE_FILE, metavar="PLAN")
@_ONTO
@_OUT
@click.option("--account", default="", metavar="ID", help="The account of what is new, where the plan doesn't tell it.")
@click.option("--region", default="", metavar="REGION", help="Its region.  [default: the provider's]")
@click.option("--provider", "providers", multiple=True, metavar="KEY=ID[/REGION]", help="The same for one provider; repeatable.")
def terraform(
    *, plan: Path, onto: Path, out: Path, account: str, region: str, providers: tuple[str, ...], name: str, force: bool, strict: bool
) -> int:
    """Write the snapshot that there would be after `terraform apply`.

    PLAN is the output of `terraform show -json`. Principals, policies, trust and resource policies that the plan adds, changes or
    removes are changed in a copy of SNAPSHOT. A policy with values that are known only after apply is not known: what depends on it
    is CONDITIONAL.

    \b
    Examples:
      terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
      xgraph import terraform plan.json --onto monday --out after
      xgraph import terraform plan.json --onto monday --out after --provider aws.audit=100000000003
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    from xgraph.ingest.imports.terraform import Place, import_terraform

    said = {key: _place(text) for key, _, text in (each.partition("=") for each in providers)}
    place = Place(_account(account), region)
    return _run(lambda: import_terraform(plan, onto, out, place=place, providers=said, name=name, force=force), out, strict=strict)


def _place(text: str) -> Place:
    from xgraph.ingest.imports.terraform import Place

    account, _, region = text.partition("/")
    return Place(_account(account), region)


def _account(text: str) -> str:
    if text and not (len(text) == 12 and text.isdecimal()):
        raise click.UsageError(f"`{text}` is not an account id of 12 digits")
    return text


@import_.command()
@click.argument("template", type=_ONE_FILE, metavar="TEMPLATE")
@_ONTO
@_OUT
@click.option("--account", required=True, metavar="ID", help="The account that it is deployed to.")
@click.option("--region", required=True, metavar="REGION", help="The region that it is deployed to.")
@click.option(
    "--parameters", multiple=True, metavar="KEY=VALUE", help="A parameter, or a FILE of them as the AWS CLI takes it; repeatable."
)
@click.option("--stack-name", default="", metavar="NAME", help="The stack, which begins the names that CloudFormation makes up.")
@click.option("--instead-of", type=_ONE_FILE, metavar="TEMPLATE", help="The template of now: what it has and the new one lacks is removed.")
def cloudformation(
    *,
    template: Path,
    onto: Path,
    out: Path,
    account: str,
    region: str,
    parameters: tuple[str, ...],
    stack_name: str,
    instead_of: Path | None,
    name: str,
    force: bool,
    strict: bool,
) -> int:
    """Write the snapshot that there would be after a template is deployed.

    TEMPLATE is JSON or YAML, with short forms of functions. Principals, policies, trust and resource policies that it has are put
    into a copy of SNAPSHOT. A policy that depends on what CloudFormation makes up is not known: what depends on it is CONDITIONAL.

    \b
    Examples:
      xgraph import cloudformation app.yaml --onto monday --out after --account 100000000002 --region eu-west-1
      xgraph import cloudformation new.yaml --instead-of old.yaml --onto monday --out after \\
          --account 100000000002 --region eu-west-1 --stack-name app --parameters Stage=prod
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    from xgraph.ingest.imports.cloudformation import import_cloudformation, read_parameters

    return _run(
        lambda: import_cloudformation(
            template,
            onto,
            out,
            account=_account(account),
            region=region,
            parameters=read_parameters(parameters),
            stack=stack_name,
            instead_of=instead_of,
            name=name,
            force=force,
        ),
        out,
        strict=strict,
    )


def _run(work: Callable[[], Imported], out: Path, *, strict: bool) -> int:
    """Does an import and says what came of it: on standard error what could not be used, how much is known, and where it lies."""
    from xgraph.ingest.snapshot.layout import SnapshotError
    from xgraph.ingest.snapshot.tally import Tally

    try:
        done = work()
    except SnapshotError as error:
        raise BadInput(str(error)) from error
    except KeyboardInterrupt:
        click.echo(f"xgraph: interrupted: nothing was written to `{out}`", err=True)
        return INTERRUPTED
    for sentence in done.unused:
        click.echo(f"xgraph: warning: {sentence}", err=True)
    for line in coverage_lines(Tally(done.coverage)):
        click.echo(line, err=True)
    click.echo(f"imported {len(done.accounts)} account{'' if len(done.accounts) == 1 else 's'} into `{out}`", err=True)
    if done.changed:
        click.echo(f"changed in it: {', '.join(done.changed)}", err=True)
    if strict and done.unused:
        click.echo(f"xgraph: {len(done.unused)} things could not be used", err=True)
        return UNDECIDED
    return 0
