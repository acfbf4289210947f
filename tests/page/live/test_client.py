"""The resident processes as the server of the page sees them."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from hai_utils.page.live.client import LiveError, Resident, resident
from hai_utils.page.starting import brought
from hai_utils.page.studies import Studies, Study
from tests.conftest import ROOT


async def refusal(live: Resident, study: Study) -> str:
    with pytest.raises(LiveError) as refused:
        async for _ in live.lines(study, "page", {"page": "index", "parameters": {}}):
            pass
    return str(refused.value)


def children() -> set[int]:
    """Return the processes that this one has started."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii")
    return {int(pid) for pid in found.split()}


@pytest.mark.slow
def test_a_warm_process_that_was_killed_is_started_again_by_the_next_question(tmp_path: Path) -> None:
    study = brought(Studies(tmp_path / "studies"), None, "cohort.csv", b"patient_id,kras\n1,wild_type\n1,mutant\n")
    others = children()
    with resident(ROOT) as live:
        before = asyncio.run(refusal(live, study))
        (warm,) = children() - others
        os.kill(warm, signal.SIGKILL)
        assert asyncio.run(refusal(live, study)) == before
    assert "params.yml must give" in before
