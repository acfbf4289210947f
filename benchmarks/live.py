"""How fast numbers follow a changed choice, as a person sees it in the browser, beside a cold build in the same run.

    python benchmarks/live.py [COHORT] [--changes 40] [--memory 200] [--page notebooks/03_tumor_response]

Every time is a share of the cold build's wall time, the mean of one before and one after. A quiet machine with two cores is
meant; on a busy one all are slow.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# Each is asked for once, then taken back, in turn.
CHANGES = (
    ("response_threshold_percent", ("30", "40", "60", "65")), ("confidence_level", ("0.9", "0.99", "0.8")),
    ("significance_level", ("0.01", "0.1")), ("continuous_test", ("welch_t", "student_t", "mann_whitney_asymptotic")),
    ("categorical_test", ("pearson_chi2", "fisher_mid_p", "boschloo")), ("quartile_method", ("type_7", "tukey_hinges")),
    ("proportion_interval", ("wilson", "jeffreys")), ("risk_difference_interval", ("miettinen_nurminen", "wald")),
    ("odds_ratio_method", ("sample", "haldane")), ("median_interval", ("brookmeyer_crowley_log", "brookmeyer_crowley_loglog")),
    ("survival_interval", ("log", "loglog")), ("survival_test", ("gehan_wilcoxon", "peto_peto", "tarone_ware")),
    ("hazard_ratio_method", ("cox_breslow", "cox_firth")), ("proportional_hazards_test", ("schoenfeld_rank",)),
    ("follow_up_method", ("reverse_km",)), ("style", ("lancet", "jama", "nejm")), ("rounding", ("half_even",)),
    ("median_rule", ("midpoint",)), ("seed", ("7", "8")),
)  # fmt: skip
WATCH = "() => { for (const name of ['text', 'figures', 'settled', 'kept']) document.addEventListener('hai:' + name, (event) => { (window.seen ??= {})[name] = event.detail; }); }"


def steps(count: int, offered: Callable[[str], bool] = lambda name: True) -> list[tuple[str, str]]:
    """Return so many single changes: one of each parameter that is offered in turn, then the next value of each."""
    rounds = max(len(values) for _, values in CHANGES)
    known = [(name, values) for name, values in CHANGES if offered(name)]
    once = [(name, values[place]) for place in range(rounds) for name, values in known if place < len(values)]
    return [once[place % len(once)] for place in range(count)]


@contextmanager
def opened(cohort: Path, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `hai open` on a cohort, in a folder of its own, and end it."""
    command = [str(Path(sys.executable).parent / "hai"), "open", str(cohort), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home)
    try:
        assert process.stdout is not None
        yield process, re.findall(r"http\S+", process.stdout.readline())[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def cold_build(cohort: Path, home: Path, settings: Sequence[str]) -> float:
    """Return the wall time of an ordinary build from nothing, seconds."""
    start = time.perf_counter()
    command = [
        str(Path(sys.executable).parent / "hai"),
        "build",
        "--data",
        str(cohort),
        "--out",
        str(home / "cold"),
        "--no-cache",
        *(word for setting in settings for word in ("--set", setting)),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


def to_reading(page: Page, address: str, docname: str) -> None:
    """Go through the steps as they are proposed, to a page of the book."""
    page.set_default_timeout(300_000)
    page.goto(address)
    study = re.findall(r"/study/([^/?]+)", page.url)[0]
    base = "/".join(page.url.split("/")[:3]) + f"/study/{study}"
    page.wait_for_selector("h1")
    page.goto(f"{base}/check")
    page.goto(f"{base}/choose")
    page.locator("button[name=go]").click()
    page.wait_for_url("**/read/**")
    page.goto(f"{base}/read/{docname}.html")
    page.evaluate(WATCH)
    page.click("#hai-open")
    page.locator("#hai-choices summary").first.click()


def change(page: Page, name: str, value: str, until: str = "settled") -> dict[str, float]:
    """Change one choice, and return the milliseconds to the text, to the last figure, and to the list of what changed."""
    page.evaluate("() => { window.seen = {}; }")
    field = page.locator(f"#in-{name}")
    if field.evaluate("(field) => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)
        field.press("Tab")
    page.wait_for_function(f"() => window.seen.{until}")
    return dict(page.evaluate("() => window.seen"))


def resident_megabytes(above: int) -> float:
    """Return the memory of the largest process that a process has started, and those have, MiB."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in table.splitlines()]
    family, grown = {above}, True
    while grown:
        found = {pid for pid, parent, _ in rows if parent in family}
        grown = not found <= family
        family |= found
    return max((rss for pid, _, rss in rows if pid in family - {above, os.getpid()}), default=0) / 1024


def line(name: str, times: Sequence[float], cold: float) -> str:
    """Return a row of the table: median and 95th percentile, in seconds and as shares of the cold build."""
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    median = statistics.median(times)
    return f"| {name} | {median:.2f} s | {p95:.2f} s | {median / cold:.3f} | {p95 / cold:.3f} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", nargs="?", type=Path, default=ROOT / "data" / "cohort.csv")
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--memory", type=int, default=200)
    parser.add_argument("--page", default="notebooks/03_tumor_response")
    parser.add_argument(
        "--set", action="append", default=[], help="a setting of the cold build, as the page proposes it"
    )
    parser.add_argument("--browser", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        cold = cold_build(chosen.cohort.resolve(), home, chosen.set)
        with opened(chosen.cohort.resolve(), home) as (process, address):
            browser = playwright.chromium.launch(executable_path=chosen.browser, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            to_reading(page, address, chosen.page)
            offered = lambda name: page.locator(f"#in-{name}").is_visible()  # noqa: E731 - said where it is used
            change(page, *steps(chosen.changes, offered)[-1])
            seen = [change(page, name, value) for name, value in steps(chosen.changes, offered)]
            cold = statistics.mean([cold, cold_build(chosen.cohort.resolve(), home, chosen.set)])
            print(f"Cold build {cold:.2f} s; {chosen.page}\n\n| | median | p95 | median, share | p95, share |")
            print("|---|---|---|---|---|")
            for name in ("text", "figures", "settled"):
                print(line(name, [one[name] / 1000 for one in seen], cold), flush=True)
            start = time.perf_counter()
            page.fill("#hai-name", "kept")
            page.click("#hai-keep button")
            page.wait_for_function("() => window.seen.kept")
            print(line("a kept run", [time.perf_counter() - start], cold), flush=True)
            memory = []
            for place, (name, value) in enumerate(steps(chosen.memory, offered)):
                change(page, name, value)
                if place in {chosen.memory // 2, chosen.memory - 1}:
                    memory.append(resident_megabytes(process.pid))
            print(
                f"\nLargest resident process: {' MiB half way, '.join(f'{one:.0f}' for one in memory)} MiB after {chosen.memory} changes."
            )
            browser.close()


if __name__ == "__main__":
    main()
