"""The screenshots of the documentation, taken in headless Chromium."""  # noqa: INP001  a script

from __future__ import annotations

import io
import shutil
import tempfile
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import xgraph
from xgraph.queries.picture.page import html_of
from xgraph.queries.picture.scene import scene_of
from xgraph.queries.report import report_of
from xgraph.queries.report.page import write_html

HERE = Path(__file__).resolve().parent
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,880", "--hide-scrollbars")


def main() -> None:
    graph = xgraph.load(HERE.parent / "examples" / "acme" / "snapshot").graph()
    answer = graph.paths("any", "arn:aws:s3:::acme-backups/2026-11-01.tar", "s3:GetObject", show_blocked=True)
    page = io.StringIO()
    write_html(report_of(graph.access), page)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    pages = {
        "view": (html_of(scene_of(answer)), "document.querySelectorAll('#routes button')[10].click()"),
        "report": (page.getvalue(), "document.getElementById('trust').scrollIntoView()"),
    }
    for name, (text, script) in pages.items():
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            driver.get(Path(file.name).as_uri())
            driver.execute_script(script)
            time.sleep(1)
            driver.save_screenshot(str(HERE / "images" / f"{name}.png"))
    driver.quit()


if __name__ == "__main__":
    main()
