"""Make the snapshots of the samples from their sources: python examples/build.py [SAMPLE…] [--out FOLDER].

Without --out each snapshot goes beside its sources, as it is committed. Building again gives the same bytes, but for
`collected.json`, which holds times.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
SAMPLES = ("acme", "article")


def command(sample: str, out: Path) -> list[str]:
    """The call of `xgraph import gaad` that makes one snapshot; paths are relative to the root of the repository."""
    folder = Path("examples") / sample
    accounts = sorted((EXAMPLES / sample / "accounts").iterdir())
    files = [folder / "accounts" / each.name for each in accounts]
    organization = folder / "org.json"
    words = ["import", "gaad", *(str(each / "gaad.json") for each in files)]
    words += ["--organization", str(organization)] if (EXAMPLES.parent / organization).exists() else ["--no-organization"]
    for each in files:
        words += ["--resources", str(each / "resources.json")]
    return [*words, "--out", str(out), "--force"]


def build(sample: str, out: Path) -> None:
    """Replace the snapshot of one sample."""
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "xgraph", *command(sample, out)], cwd=EXAMPLES.parent, check=True)  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("samples", nargs="*", metavar="SAMPLE", default=SAMPLES, help=f"of {', '.join(SAMPLES)}; default: all")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write FOLDER/SAMPLE/snapshot instead of examples/SAMPLE/snapshot")
    chosen = parser.parse_args()
    for sample in chosen.samples:
        if sample not in SAMPLES:
            parser.error(f"there is no sample `{sample}`")
        build(sample, (chosen.out.resolve() if chosen.out else EXAMPLES) / sample / "snapshot")


if __name__ == "__main__":
    main()
