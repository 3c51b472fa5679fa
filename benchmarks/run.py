"""Measures load, build and paths at three sizes and checks every planted chain: what `make bench` runs.

    python benchmarks/run.py [--repeat 3] [--seed 1] [--sizes 3x60,10x100,50x200] [--date TEXT] [--out benchmarks/RESULTS.md]

A size is accounts x background principals per account; the planted chains' principals come on top. Each size is generated into a
temporary folder and measured in a process of its own, `--repeat` times. Times are processor time, the least of them, since whatever
else runs on the machine only ever adds. Nothing fails for being slow: the exit status is 1 when an answer about a planted chain is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MEBI = 2**20


@dataclass(frozen=True, slots=True)
class Size:
    """An organization to measure; a fifth of the background principals are users."""

    accounts: int
    principals: int

    @property
    def name(self) -> str:
        return f"{self.accounts}x{self.principals}"

    @property
    def chains(self) -> int:
        return 48 if self.accounts * self.principals >= 10_000 else 24

    def options(self, seed: int) -> list[str]:
        users = self.principals // 5
        given = {"accounts": self.accounts, "roles": self.principals - users, "users": users, "chains": self.chains, "seed": seed}
        return [part for key, value in given.items() for part in (f"--{key}", str(value))]


SIZES = (Size(10, 100), Size(50, 200), Size(200, 300), Size(1000, 300))
QUICK = SIZES[:2]


def main() -> int:
    options = _options()
    measured = {}
    for size in options.sizes:
        measured[size] = measure(size, options.seed, options.repeat)
        print(f"{size.name}: load {_seconds(measured[size]['load'])}, build {_seconds(measured[size]['build'])}", file=sys.stderr)
    tables = (sizes_table(measured), ratios_table(measured), growth_table(measured), *single_tables(options), beside_table(options))
    print("\n\n".join(tables))
    wrong = [f"{size.name} {each}" for size, found in measured.items() for each in found["wrong"]]
    if options.out:
        Path(options.out).write_text(report(options, measured, tables, wrong), encoding="utf-8")
    for each in wrong:
        print(f"wrong: {each}", file=sys.stderr)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measures load, build and paths, and checks every planted chain")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each size; the fastest counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", dest="sizes", action="store_const", const=QUICK, default=SIZES, help="the small sizes alone")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="accounts x background principals, as in 3x60,10x100")
    parser.add_argument("--date", default="", help="named in the report when given")
    parser.add_argument("--out", default=str(HERE / "RESULTS.md"), help="the report's file; empty for none")
    return parser.parse_args()


def _sizes(text: str) -> tuple[Size, ...]:
    return tuple(Size(*map(int, part.split("x"))) for part in text.split(","))


# ------------------------------------------------------------------------------------------------------- measuring


def measure(size: Size, seed: int, repeat: int) -> dict[str, Any]:
    """The fastest times and the smallest memory of some measurements, and everything that was wrong in any."""
    folder = generated(size, seed)
    found = [json.loads(_run("measure.py", str(folder))) for _ in range(max(repeat, 1) if size.accounts * size.principals < _LARGE else 1)]
    wrong = list(dict.fromkeys(each for one in found for each in one.pop("wrong")))
    return {**{key: min(one[key] for one in found) for key in found[0]}, "wrong": wrong}


_LARGE = 50_000  # principals from which on a size is measured once


def generated(size: Size, seed: int) -> Path:
    """The folder of an organization, generated when it is first needed and kept in the cache folder ($XGRAPH_BENCH)."""
    maker = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("orggen.py", "orggen_snapshot.py"))).hexdigest()[:12]
    place = (
        Path(os.environ.get("XGRAPH_BENCH", "") or Path.home() / ".cache" / "xgraph-bench")
        / f"{size.name}-{size.chains}-seed{seed}-{maker}"
    )
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=place.parent) as folder:
            _run("orggen.py", "--out", f"{folder}/organization", "--emit", "snapshot", *size.options(seed))
            Path(f"{folder}/organization").replace(place)
    return place


def _run(script: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def measure_decisions(size: Size, seed: int, *extra: str) -> dict[str, Any]:
    """What decisions.py finds out about an organization of that size."""
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-") as folder:
        _run("orggen.py", "--out", folder, "--emit", "snapshot", *size.options(seed))
        return json.loads(_run("decisions.py", folder, *extra))


# ---------------------------------------------------------------------------------------------------------- tables

TIMES = {
    "load": "load",
    "build": "build",
    "whole": "both",
    "first_paths": "first paths",
    "warm_paths": "warm paths",
    "blocked_paths": "with near misses",
    "who_closed": "who-can, closed",
    "who_wide": "who-can, wide",
    "fresh": "own process",
}
GROWING = ("load", "build", "whole", "first_paths", "warm_paths", "who_wide", "fresh", "memory")


def sizes_table(measured: dict[Size, dict[str, Any]]) -> str:
    rows = []
    for size, found in measured.items():
        right = f"{found['chains'] - len({each.split()[0] for each in found['wrong']})} of {found['chains']}"
        times = [_seconds(found[key]) for key in TIMES]
        counts = [str(found[key]) for key in ("principals", "resources", "hops", "hop_sets")]
        rows.append([size.name, *counts, *times, _mebibytes(found["memory"]), right])
    head = ["size", "principals", "resources", "role hops", "in sets", *TIMES.values(), "peak memory", "planted right"]
    return _table(head, rows)


def single_tables(options: argparse.Namespace) -> tuple[str, str]:
    """Single decisions beside iam-simulate, in the smallest organization; the memory of statements, in the largest."""
    found = measure_decisions(options.sizes[0], options.seed)
    memory = measure_decisions(options.sizes[: len(QUICK)][-1], options.seed, "--memory")
    print(f"decisions: {found['requests'] / min(found['seconds']):.0f} a second", file=sys.stderr)
    return decisions_table(found), memory_table(memory)


ONE_ACCOUNT = Size(50, 300)  # an account of 300 principals for PMapper
ONE_QUESTION = Size(50, 200)  # an organization for one who-can


def beside_table(options: argparse.Namespace) -> str:
    """PMapper's graph of one account and iam-simulate's decisions for one who-can, each beside xgraph's."""
    sizes = options.sizes
    account = next((size for size in sizes if size.principals == ONE_ACCOUNT.principals), sizes[-1])
    question = next((size for size in sizes if size == ONE_QUESTION), sizes[-1])
    rows = []
    graph = _beside("pmapper.py", str(generated(account, options.seed)), "--json")
    if graph:
        theirs, ours = graph["theirs"], graph["ours"]
        what = f"the graph of one account with {ours['nodes']} principals"
        rows.append(
            [what, "PMapper", _seconds(theirs["seconds"]), _seconds(ours["seconds"]), f"{theirs['seconds'] / ours['seconds']:,.0f}"]
        )
    asked = _beside("who_can.py", str(generated(question, options.seed)))
    if asked and "theirs" in asked:
        what = f"who can read a bucket that is open to all {asked['principals']:,} principals"
        name = f"iam-simulate {asked['version']}"
        theirs, ours = asked["theirs_again"], asked["again"]
        rows.append([what, name, _seconds(theirs), _seconds(ours), f"{theirs / ours:,.0f}"])
    return _table(["what", "beside", "theirs", "xgraph", "times faster"], rows)


def _beside(script: str, *arguments: str) -> dict[str, Any] | None:
    """What a comparison finds; None where what it compares with can't be had."""
    done = subprocess.run([sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else None


def decisions_table(found: dict[str, Any]) -> str:
    count = found["requests"]

    def row(name: str, seconds: Sequence[float], planted: str, agreed: str) -> list[str]:
        slower = [one / ours for one, ours in ((seconds[0], found["seconds"][0]), (min(seconds), min(found["seconds"])))]
        rates = [f"{count / one:,.0f}" for one in (seconds[0], min(seconds))]
        return [name, *rates, *(f"{one:.1f}" for one in slower), planted, agreed]

    planted = f"{found['planted_right']} of {found['planted']}"
    rows = [row("xgraph, everything known", found["seconds"], planted, "")]
    rows.append(row("xgraph, only the two ends known", found["seconds_open"], "", ""))
    if "theirs" in found:
        rows.append(row(f"iam-simulate {found['version']}", found["theirs"], "", f"{found['agreed']} of {count}"))
    head = ["evaluator", "first time, a second", "again, a second", "times slower", "again", "planted right", "same verdict"]
    return _table(head, rows)


def memory_table(found: dict[str, Any]) -> str:
    each = [f"{found[key]:,}" for key in ("documents", "statements")]
    row = [*each, _mebibytes(found["text"]), _mebibytes(found["bytes"]), f"{found['bytes'] / found['statements']:,.0f}"]
    return _table(["different documents", "statements", "their text", "parsed", "bytes a statement"], [row])


def ratios_table(measured: dict[Size, dict[str, Any]]) -> str:
    smallest = next(iter(measured.values()))
    rows = [
        [size.name, *(f"{found[key] / smallest[key]:.1f}" for key in ("principals", "hops", *GROWING))] for size, found in measured.items()
    ]
    return _table(["times the smallest", "principals", "role hops", *(_name(key) for key in GROWING)], rows)


def growth_table(measured: dict[Size, dict[str, Any]]) -> str:
    """Exponents: 1 is linear in the number of principals."""
    found = list(measured.items())
    rows = [[f"{a.name} to {b.name}", *(_exponent((x, y), key) for key in GROWING)] for (a, x), (b, y) in pairwise(found)]
    rows.append(["all sizes", *(_exponent(list(measured.values()), key) for key in GROWING)])
    return _table(["growth exponent", *(_name(key) for key in GROWING)], rows)


def _exponent(found: Sequence[dict[str, Any]], key: str) -> str:
    """The slope of the straight line through the logarithms, by least squares."""
    points = [(math.log(one["principals"]), math.log(one[key])) for one in found]
    x0, y0 = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - x0) ** 2 for x, _ in points)
    return f"{sum((x - x0) * (y - y0) for x, y in points) / spread:.2f}" if spread else "-"


def _name(key: str) -> str:
    return "peak memory" if key == "memory" else TIMES[key]


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _mebibytes(value: float) -> str:
    return f"{value / MEBI:.0f} MiB"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that is also readable as text."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    out = [
        "| "
        + " | ".join(cell.ljust(width) if n == 0 else cell.rjust(width) for n, (cell, width) in enumerate(zip(line, widths, strict=True)))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) if n == 0 else "-" * (width + 1) + ":" for n, width in enumerate(widths)) + "|"
    return "\n".join([out[0], rule, *out[1:]])


# ---------------------------------------------------------------------------------------------------------- report

PREFACE = """# Benchmarks

Made-up organizations of `benchmarks/orggen.py`, each measured in a process of its own; written by `{command}`{date}.

Machine: {machine}.

Sizes are accounts x background principals per account; the planted chains' principals come on top. Load reads the snapshot into an
estate, build makes the role hops as sets, the first `paths` query also indexes its action; the warm ones are the medians over all planted
chains, source to target, up to 8 hops, without and with near misses. Who-can finds everybody who may read a closed bucket, and one that
is open to the organization, as sets. Own process is `xgraph paths` from its start on the compiled cache, with its modules compiled as they are when installed. Times are processor time of the one thread, the least of {repeat}
runs (of 50,000 principals and more, of one); waiting for the disk or for other processes is left out. Peak memory is that of the whole process, of which Python and xgraph
themselves take {idle}.
"""


BESIDE = """In the same run. PMapper reads the account's identities from GAAD through a client that only pages, and finds who may become whom in
it; xgraph imports the same file, and its time is that of reading the snapshot and building all role hops; each has done another account before. iam-simulate has no who-can:
it decides once for each principal (timed on a sample, scaled to all); xgraph's time is that of the warm question."""

DECIDED = 1000
DECISIONS = """{requests} requests about the organization {size}: every planted step, the others drawn at random, with all policies of users and
roles, resources and the organization. Policies are parsed beforehand on both sides, and what has been read by then Python's collector leaves alone. A decision is a
verdict and what it still depends on. iam-simulate runs in Node.js, in the same run, one process like xgraph; "first time" includes that its code is compiled while it
runs, "again" is the fastest of eight more times."""


def report(options: argparse.Namespace, measured: dict[Size, dict[str, Any]], tables: Sequence[str], wrong: Sequence[str]) -> str:
    sizes = ",".join(size.name for size in measured)
    changed = [] if options.sizes == SIZES else [f"--sizes {sizes}"]
    changed += [] if options.seed == 1 else [f"--seed {options.seed}"]
    changed += [] if options.repeat == 3 else [f"--repeat {options.repeat}"]
    command = f"make bench ARGS='{' '.join(changed)}'" if changed else "make bench"
    preface = PREFACE.format(
        command=command,
        date=f", {options.date}" if options.date else "",
        machine=machine(),
        repeat=options.repeat,
        idle=_mebibytes(min(found["memory_idle"] for found in measured.values())),
    )
    chains = sum(found["chains"] for found in measured.values())
    verdict = (
        f"All {chains} planted chains have the verdict they were planted with."
        if not wrong
        else "Wrong:\n\n" + "\n".join(f"- {each}" for each in wrong)
    )
    sections = (
        "## Figures",
        tables[0],
        "## Ratios",
        tables[1],
        "## Growth with the number of principals",
        tables[2],
        "## Single decisions",
        DECISIONS.format(requests=f"{DECIDED:,}", size=options.sizes[0].name),
        tables[3],
        "## Memory of parsed policies",
        f"All policies of the organization {options.sizes[-1].name}, equal documents stored once.",
        tables[4],
        "## Beside others",
        BESIDE,
        tables[5],
        "## Planted truth",
        verdict,
    )
    return preface + "\n" + "\n\n".join(sections) + "\n"


def machine() -> str:
    """Cores, processor, memory, system and Python, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {_processor()}, {memory:.0f} GiB, {system}, {platform.python_implementation()} {platform.python_version()}"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    return platform.processor() or "processor unknown"


if __name__ == "__main__":
    sys.exit(main())
