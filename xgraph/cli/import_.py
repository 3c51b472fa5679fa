"""`xgraph import`: a snapshot from files that other tools have written."""

from __future__ import annotations

from pathlib import Path

import click

from ._coverage import coverage_lines
from ._errors import INTERRUPTED, BadInput

_FILE = click.Path(exists=True, path_type=Path)


@click.group(name="import", context_settings={"help_option_names": ["-h", "--help"]})
def import_() -> None:
    """Write a snapshot from files that you already have, without asking AWS."""


@import_.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write the snapshot.")
@click.option("--organization", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE", help="The organization.")
@click.option("--no-organization", is_flag=True, help="State that there is no organization, hence no SCPs and RCPs.")
@click.option("--resources", multiple=True, type=_FILE, metavar="FILE", help="Buckets, queues and tables of an account; repeatable.")
@click.option("--name", default="", metavar="NAME", help="The snapshot's name in answers.  [default: its organization or accounts]")
@click.option("--force", is_flag=True, help="Replace the snapshot that is there.")
def gaad(
    *,
    files: tuple[Path, ...],
    out: Path,
    organization: Path | None,
    no_organization: bool,
    resources: tuple[Path, ...],
    name: str,
    force: bool,
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

    \b
    Exit status:
      0    imported
      2    bad usage, or a file that can't be used; nothing was written
      4    the disk failed; nothing was written
      130  interrupted; nothing was written
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if organization and no_organization:
        raise click.UsageError("--organization and --no-organization exclude each other")
    from xgraph.ingest.imports.gaad import import_gaad
    from xgraph.ingest.snapshot.layout import SnapshotError
    from xgraph.ingest.snapshot.tally import Tally

    try:
        done = import_gaad(
            files, out, organization=organization, states_no_organization=no_organization, resources=resources, name=name, force=force
        )
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
    return 0
