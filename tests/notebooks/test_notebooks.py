"""Each notebook runs from a clean kernel and gives the outputs that it was committed with."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat as untyped
import pytest

nbformat: Any = untyped  # it ships types for a part of itself
FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _outputs(notebook: Any) -> list[list[Any]]:
    """What can be compared of each cell: no execution counts, and nothing of cells that say that they differ every time."""
    return [
        json.loads(json.dumps([{**output, "execution_count": None} for output in cell.get("outputs", ())]))
        for cell in notebook.cells
        if "unstable" not in cell.metadata.get("tags", ())
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_the_outputs_that_it_shows(path: Path, build: ModuleType) -> None:
    fresh = build.run(path)
    shown = nbformat.read(path, as_version=4)
    assert _outputs(nbformat.from_dict(fresh)) == _outputs(shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_carries_nothing_that_runs(path: Path, build: ModuleType) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < build.LARGEST
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", ())]
    assert not any(sign in json.dumps(outputs) for sign in ("<script", "<iframe", "javascript:"))
    assert not any(output.output_type == "error" for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_page_of_prose_with_few_cells(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert 1 <= sum(cell.cell_type == "code" for cell in cells) <= 12
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")


def test_there_are_six(build: ModuleType) -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]


def test_interactive_pictures_leave_a_still_one(build: ModuleType) -> None:
    data = {"text/html": "a<!--xgraph:picture--><iframe></iframe><!--xgraph:picture-->b", "image/svg+xml": "<svg/>", "text/plain": "t"}
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("execute_result", data)])])
    (cell,) = build.still(made).cells
    assert [dict(output.data) for output in cell.outputs] == [
        {"text/html": "ab", "text/plain": "t"}, {"image/svg+xml": "<svg/>", "text/plain": "<picture>"},
    ]  # fmt: skip


def test_pictures_stand_in_the_notebooks() -> None:
    with_pictures = [path.stem for path in NOTEBOOKS if "image/svg+xml" in path.read_text(encoding="utf-8")]
    assert len(with_pictures) >= 5
