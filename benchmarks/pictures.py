"""Measures pictures of 40, 300 and 5,000 nodes in a real browser, and the report on a large organization.

    python benchmarks/pictures.py [--report 200x300] [--out benchmarks/PICTURES.md]

Goals: a picture of 40, 300 and 5,000 nodes stands after 2, 3 and 5 seconds, making and opening taken together. Making is processor time of one
thread; opening is what a person waits, from the request to the drawn page, in headless Chromium with software rendering.
"""

from __future__ import annotations

import argparse
import io
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
GOALS = {40: 2, 300: 3, 5_000: 5}


def main() -> int:
    parser = argparse.ArgumentParser(description="measures pictures and the report")
    parser.add_argument("--report", default="200x300", help="accounts x principals of the organization that is reported on")
    parser.add_argument("--out", help="write the tables here too")
    options = parser.parse_args()
    text = f"# Pictures and the report\n\nWritten by `make bench`.\n\n{pictures()}\n\n{reports(options.report)}\n"
    print(text)
    if options.out:
        Path(options.out).write_text(text, encoding="utf-8")
    return 0


def pictures() -> str:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    from tests.picture.made import crowd
    from xgraph.queries.picture.page import html_of
    from xgraph.queries.picture.scene import scene_of
    from xgraph.queries.picture.svg import svg_of

    flags = webdriver.ChromeOptions()
    flags.binary_location = shutil.which("chromium") or "chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,850"):
        flags.add_argument(flag)
    driver = webdriver.Chrome(options=flags, service=Service(shutil.which("chromedriver")))
    html_of(scene_of(crowd(10)))  # imports are not what is measured
    lines = ["| nodes | page made | page opened | goal for both | page | SVG made | SVG |", "|---:|---:|---:|---:|---:|---:|---:|"]
    for nodes, goal in GOALS.items():
        began = time.process_time()
        page = html_of(scene_of(crowd(nodes)))
        made = time.process_time() - began
        began = time.process_time()
        picture = svg_of(scene_of(crowd(nodes)))
        drawn = time.process_time() - began
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(page)
            file.flush()
            began = time.monotonic()
            driver.get(Path(file.name).as_uri())
            while driver.execute_script("return document.documentElement.dataset.ready") != "1":
                time.sleep(0.01)
            opened = time.monotonic() - began
        lines.append(
            f"| {nodes:,} | {made:.2f} s | {opened:.2f} s | {goal} s | {_size(len(page))} | {drawn:.2f} s | {_size(len(picture))} |"
        )
    driver.quit()
    return "\n".join(lines)


def reports(size: str) -> str:
    from run import Size, generated

    import xgraph
    from xgraph.queries.report import report_of
    from xgraph.queries.report.page import write_html

    folder = generated(Size(*map(int, size.split("x"))), 1)
    began = time.process_time()
    graph = xgraph.load(folder / "snapshot").graph().access
    _ = graph.trust
    built = time.process_time() - began
    began = time.process_time()
    page = io.StringIO()
    write_html(report_of(graph), page)
    told = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    head = "| organization | principals | load and build | report | page | peak memory |\n|---|---:|---:|---:|---:|---:|"
    cells = (size, f"{len(graph.principals):,}", f"{built:.1f} s", f"{told:.1f} s", _size(len(page.getvalue())), _size(memory))
    return f"{head}\n| {' | '.join(cells)} |"


def _size(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


if __name__ == "__main__":
    sys.exit(main())
