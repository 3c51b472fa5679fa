"""Runs the notebooks from a clean kernel and writes them with outputs that can be read on a code host: what `make notebooks` does.

    python notebooks/build.py [NAME…]

A static picture stands in place of each interactive one, so that a notebook stays small and carries no script.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
LARGEST = 500_000
_FRAME = re.compile(r"<!--xgraph:picture-->.*?<!--xgraph:picture-->", re.DOTALL)


def run(path: Path, timeout: int = 300) -> Any:
    """The notebook with fresh outputs, made by a kernel of its own in the notebook's folder. Raises CellExecutionError."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # for cells that run the command
    NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    return still(notebook)


def still(notebook: Any) -> Any:
    """The notebook without interactive pictures, times and machine names."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        if cell.cell_type == "code":
            cell.outputs = _joined([part for output in cell.outputs for part in _parts(output) if not _is_progress(output)])
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """What a cell printed as one output, however it arrived."""
    found: list[Any] = []
    for output in outputs:
        if found and output.output_type == found[-1].output_type == "stream" and output.name == found[-1].name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def _parts(output: Any) -> list[Any]:
    """An output, and the static picture that it carries as an output of its own."""
    data = output.get("data")
    if data is None:
        output.text = output.text.replace("\r\n", "\n")  # a command in a cell writes to a terminal
        return [output]
    picture = data.pop("image/svg+xml", None)
    if "text/html" in data:
        data["text/html"] = _FRAME.sub("", data["text/html"])
    alone = nbformat.v4.new_output("display_data", {"image/svg+xml": picture, "text/plain": "<picture>"}) if picture else None
    return [output, alone] if alone else [output]


def _is_progress(output: Any) -> bool:
    """Progress bars say how long something took on one machine."""
    return output.output_type == "stream" and output.name == "stderr"


def main(names: list[str]) -> None:
    for path in sorted(HERE.glob("*.ipynb")):
        if not names or path.stem in names:
            nbformat.write(run(path), path)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
