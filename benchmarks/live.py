"""How fast numbers follow a changed choice, as a person sees it in the browser, beside cold builds in the same run.

    python benchmarks/live.py [--changes 40] [--memory 200] [--rows 25 200] [--page notebooks/03_tumor_response]

At 25 rows (the published study) and at 200 made-up ones; about ten minutes. Every time is a share of the cold build's wall
time, the mean of one before and one after. Memory is looked at while 25 rows are changed on, until so many changes were made.
A quiet machine with two cores is meant; on a busy one all are slow.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from large import synthetic
from measuring import ROOT, family, hai, machine, proportional_set, timed, write
from playwright.sync_api import Page, sync_playwright

LIMIT_KEPT = 0.5
# A person looks at what changed before it is kept; the drawings are then made ahead.
READING = 3.0
# Milliseconds between two looks whether the page is done: at each frame, as is usual, the looking would take half a processor.
POLLING = 100
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
    command = hai("open", str(cohort), "--no-browser")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home)
    try:
        assert process.stdout is not None
        yield process, re.findall(r"http\S+", process.stdout.readline())[0]
    finally:
        # Not Ctrl-C, which a program does not heed in the background of a shell.
        process.terminate()
        process.wait(20)


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
    page.wait_for_function(f"() => window.seen.{until}", polling=POLLING)
    return dict(page.evaluate("() => window.seen"))


def kept_run(page: Page, name: str) -> float:
    """Keep the choices of a page as a run, and return the seconds until the page says that it is there."""
    page.evaluate("() => { window.seen = {}; }")
    start = time.perf_counter()
    page.fill("#hai-name", name)
    page.click("#hai-keep button")
    page.wait_for_function("() => window.seen.kept", polling=POLLING)
    return time.perf_counter() - start


def resident_megabytes(above: int) -> list[float]:
    """Return the memory of the processes that a process has started, the largest first: proportional set sizes, MiB."""
    return sorted((proportional_set(pid) / 1024 for pid in family(above)[1:]), reverse=True)


def share(name: str, times: Sequence[float], cold: float, limit: float) -> str:
    """Return a row of the table: median and 95th percentile, in seconds and as shares of the cold build."""
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    median = statistics.median(times)
    met = f"{limit} | {'met' if p95 / cold <= limit else 'missed'}" if limit else "|"
    return f"| {name} | {median:.2f} | {p95:.2f} | {median / cold:.3f} | {p95 / cold:.3f} | {met} |"


def measured(
    page: Page, home: Path, cohort: Path, chosen: argparse.Namespace, limits: Sequence[float], memory: int
) -> Iterator[str]:
    """Yield the lines of one cohort."""
    built = hai("build", "--data", str(cohort), "--out", str(home / "cold"), "--no-cache")
    cold = timed(built, ROOT)
    with opened(cohort, home) as (process, address):
        to_reading(page, address, chosen.page)
        offered = lambda name: page.locator(f"#in-{name}").is_visible()  # noqa: E731 - said where it is used
        change(page, *steps(chosen.changes, offered)[-1])
        asked = steps(chosen.changes, offered)
        seen = [change(page, *one) for one in asked]
        kept = {}
        for name, pause in (("a kept run", 0.0), (f"the same after {READING:.0f} s of reading", READING)):
            change(page, *steps(chosen.changes + 2, offered)[chosen.changes + len(kept)])
            time.sleep(pause)
            kept[name] = kept_run(page, f"kept-{len(kept)}")
        cold = statistics.mean([cold, timed(built, ROOT)])
        yield f"Cold build {cold:.2f} s.\n"
        yield "| | median, s | 95th percentile, s | median, share | 95th percentile, share | limit | |"
        yield "|---|---|---|---|---|---|---|"
        for name, limit in zip(("text", "figures", "settled"), (*limits, 0.0), strict=True):
            yield share(name, [one[name] / 1000 for one in seen], cold, limit)
        for name, seconds in kept.items():
            yield share(name, [seconds], cold, LIMIT_KEPT)
        slow = sorted(zip((one["text"] for one in seen), asked, strict=True), reverse=True)[:3]
        yield f"\nSlowest: {'; '.join(f'{name} {value} {ms / 1000:.2f} s' for ms, (name, value) in slow)}."
        for place, one in enumerate(steps(memory, offered)[len(seen) :], start=len(seen) + 1):
            change(page, *one)
            if place % 50 == 0:
                found = resident_megabytes(process.pid)
                yield f"\nAfter {place} changes: largest process {found[0]:.0f} MiB, all {sum(found):.0f} MiB."


def main() -> None:
    """Measure, print and keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--memory", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs="*", default=[25, 200])
    parser.add_argument("--page", default="notebooks/03_tumor_response")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    lines = ["# Live numbers", "", f"{machine()} Page {chosen.page}, {chosen.changes} changes."]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.browser, args=["--no-sandbox"])
        made = Path(folder) / "rows.csv"
        synthetic(200).to_csv(made, index=False)
        for rows, cohort, limits in ((25, ROOT / "data" / "cohort.csv", (0.06, 0.12)), (200, made, (0.12, 0.2))):
            if rows not in chosen.rows:
                continue
            home = Path(folder) / str(rows)
            home.mkdir()
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            lines += ["", f"## {rows} rows", ""]
            for one in measured(page, home, cohort, chosen, limits, chosen.memory if rows == 25 else 0):
                lines.append(one)
                print(one, file=sys.stderr, flush=True)
            page.close()
        browser.close()
    write("live", [*lines, "", f"Load at the end: {os.getloadavg()[0]:.1f}.", ""])


if __name__ == "__main__":
    main()
