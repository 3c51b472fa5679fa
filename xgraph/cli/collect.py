"""`xgraph collect`: asks AWS and writes a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._coverage import coverage_lines
from ._errors import INTERRUPTED, UNDECIDED, BadInput, Failed
from ._progress import progress

if TYPE_CHECKING:
    from xgraph.ingest.collect.runner import Collected
    from xgraph.ingest.collect.session import Access


def _split(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Several values, repeated or with commas between them."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write the snapshot.")
@click.option("--profile", metavar="NAME", help="The AWS profile to begin with.  [default: as the AWS CLI chooses]")
@click.option("--organization", is_flag=True, help="Collect every active account of the organization.")
@click.option("--no-organization", is_flag=True, help="State that there is no organization; it is not asked about.")
@click.option("--role-name", "role_names", multiple=True, metavar="NAME", help="Role to assume in each other account; tried in order.")
@click.option("--external-id", metavar="ID", help="External id that those roles ask for.")
@click.option(
    "--regions", multiple=True, callback=_split, metavar="NAMES",
    help="Regions, with commas between, or `enabled` for all that an account has enabled.  [default: the configured one]",
)  # fmt: skip
@click.option("--region", metavar="NAME", help="The region to begin with.  [default: as the AWS CLI chooses]")
@click.option("--endpoint-url", metavar="URL", help="Another endpoint than AWS, such as a moto server.")
@click.option("--workers", type=click.IntRange(min=1), default=8, show_default=True, help="Accounts asked side by side.")
@click.option("--name", default="", metavar="NAME", help="The snapshot's name in answers.  [default: its organization or accounts]")
@click.option("--force", is_flag=True, help="Replace the snapshot that is there.")
@click.option("--strict", is_flag=True, help="Leave with 3 when any call was denied or failed.")
def collect(
    *,
    out: Path,
    profile: str | None,
    organization: bool,
    no_organization: bool,
    role_names: tuple[str, ...],
    external_id: str | None,
    regions: tuple[str, ...],
    region: str | None,
    endpoint_url: str | None,
    workers: int,
    name: str,
    force: bool,
    strict: bool,
) -> int:
    """Ask AWS for everything that grants or limits access, and write it down as a snapshot. Nothing is changed in AWS.

    Without --organization the account of the credentials is collected, with what it may see of its organization. With it every
    active account is: the own one with the own credentials, the others with the first role of --role-name that can be assumed.

    What AWS does not let us see is no error: it is noted, it makes the answers that depend on it CONDITIONAL, and the coverage
    table at the end shows where. Needed permissions, what is stored and what is not: docs/collecting.md.

    \b
    Examples:
      xgraph collect --out monday
      xgraph collect --out monday --profile mgmt --organization --role-name OrganizationAccountAccessRole
      xgraph collect --out monday --regions eu-central-1,us-east-1
      xgraph collect --out monday --organization --role-name Audit --role-name AWSControlTowerExecution --regions enabled

    \b
    Exit status:
      0    collected
      2    bad usage
      3    collected with gaps, under --strict
      4    AWS, the network or the disk failed; nothing was written
      130  interrupted; nothing was written
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if organization and no_organization:
        raise click.UsageError("--organization and --no-organization exclude each other")
    if organization and not role_names:
        raise click.UsageError("--organization needs --role-name, the role to assume in the other accounts")
    if role_names and not organization:
        raise click.UsageError("--role-name is for --organization: the own account is collected with the own credentials")
    from xgraph.ingest.collect.session import Access

    access = Access(profile, region, endpoint_url, role_names, external_id)
    try:
        done = _run(access, out, regions, workers, name, whole=organization, none=no_organization, force=force)
    except KeyboardInterrupt:
        click.echo(f"xgraph: interrupted: nothing was written to `{out}`", err=True)
        return INTERRUPTED
    for line in coverage_lines(done.coverage):
        click.echo(line, err=True)
    click.echo(f"collected {len(done.accounts)} account{'' if len(done.accounts) == 1 else 's'} into `{out}`", err=True)
    if strict and not done.is_complete:
        click.echo("xgraph: error: the collection is incomplete", err=True)
        return UNDECIDED
    return 0


def _run(
    access: Access, out: Path, regions: tuple[str, ...], workers: int, name: str, *, whole: bool, none: bool, force: bool
) -> Collected:
    from xgraph.ingest.collect.runner import collect as run
    from xgraph.ingest.collect.session import CollectError, UsageError
    from xgraph.ingest.snapshot.layout import SnapshotError

    try:
        with progress() as report:
            return run(
                access, out, whole_organization=whole, states_no_organization=none, regions=regions, workers=workers, name=name,
                force=force, progress=report,
            )  # fmt: skip
    except (UsageError, SnapshotError) as error:
        raise BadInput(str(error)) from error
    except CollectError as error:
        raise Failed(str(error)) from error
