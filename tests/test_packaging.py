"""What people install: the sdist, the wheel made from it, and the command in a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINKED = ("graph", "ingest", "queries")
NOT_SHIPPED = {".DS_Store", "__pycache__", ".ipynb_checkpoints", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What the command printed, in an environment that knows nothing of this clone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def run_well(*command: str | Path, cwd: Path = ROOT) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_below(folder: Path) -> set[str]:
    """Relative names of the files in a folder of the tree, without caches and without following links."""
    return {
        path.relative_to(folder).as_posix()
        for top, folders, names in os.walk(folder)
        for path in (Path(top) / name for name in names)
        if not NOT_SHIPPED.intersection(path.parts) and path.suffix != ".pyc"
    }


@dataclass(frozen=True, slots=True)
class Built:
    """The two archives, and an environment that holds nothing but the wheel."""

    sdist: Path
    wheel: Path
    python: Path
    command: Path


def names_in_sdist(built: Built) -> set[str]:
    with tarfile.open(built.sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Without isolation, so that no package index is asked: hatchling is among the development dependencies."""
    folder = tmp_path_factory.mktemp("packaging")
    run_well(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")

    home = folder / "environment"
    run_well(sys.executable, "-m", "venv", "--without-pip", home, cwd=folder)
    python = home / "bin" / "python"
    run_well(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)

    # Dependencies are borrowed from here. A folder named in a .pth file comes after the environment's own, and the .pth files
    # inside it, among them the one of an editable install of this clone, are not read.
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Built(sdist, wheel, python, home / "bin" / "xgraph")


def test_wheel_holds_every_file_of_the_tree_under_the_name_it_is_imported_by(built: Built) -> None:
    front = {f"xgraph/{name}" for name in files_below(ROOT / "xgraph")}
    core = {f"xgraph/{folder}/{name}" for folder in LINKED for name in files_below(ROOT / folder)}

    with zipfile.ZipFile(built.wheel) as archive:
        names = archive.namelist()

    assert front | core == {name for name in names if ".dist-info/" not in name}
    assert len(names) == len(set(names))


def test_sdist_holds_what_the_tests_need(built: Built) -> None:
    needed = {
        *(f"{folder}/{name}" for folder in ("tests", "examples", "benchmarks", "docs", "notebooks") for name in files_below(ROOT / folder)),
        *("pyproject.toml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".ci/run"),
    }

    assert needed - names_in_sdist(built) == set()


def test_sdist_holds_each_module_once(built: Built) -> None:
    linked = tuple(f"xgraph/{folder}/" for folder in LINKED)

    assert {name for name in names_in_sdist(built) if name.startswith(linked)} == set()


def test_command_and_module_answer_from_another_folder(built: Built) -> None:
    elsewhere = Path("/")

    assert PROJECT["version"] in run_well(built.command, "--version", cwd=elsewhere)
    assert "Usage:" in run_well(built.command, "--help", cwd=elsewhere)
    assert run_well(built.python, "-m", "xgraph", "--version", cwd=elsewhere) == run_well(built.command, "--version", cwd=elsewhere)


def test_installed_package_is_the_one_from_the_wheel(built: Built) -> None:
    printed = run_well(built.python, "-c", "import xgraph.graph, xgraph.ingest, xgraph.queries as q; print(q.__file__)", cwd=Path("/"))

    assert Path(printed.strip()).is_relative_to(built.python.parents[1])


@pytest.mark.parametrize("name", LINKED)
def test_installing_adds_no_global_module(built: Built, name: str) -> None:
    done = run(built.python, "-c", f"import {name}", cwd=Path("/"))

    assert done.returncode == 1
    assert f"No module named '{name}'" in done.stderr


def test_version_is_the_same_in_code_and_metadata(built: Built) -> None:
    printed = run_well(
        built.python, "-c", "import xgraph, importlib.metadata as m; print(xgraph.__version__, m.version('xgraph-aws'))", cwd=Path("/")
    )

    assert printed.split() == [PROJECT["version"]] * 2


def test_public_names_resolve(built: Built) -> None:
    run_well(built.python, "-c", "import xgraph\nfor name in xgraph.__all__: getattr(xgraph, name)", cwd=Path("/"))


def test_extra_all_is_the_sum_of_the_extras() -> None:
    extras = PROJECT["optional-dependencies"]

    assert extras["all"] == [f"xgraph-aws[{','.join(name for name in extras if name != 'all')}]"]
