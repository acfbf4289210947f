"""What is kept of earlier builds: taken only where it is whole and of the same inputs, bounded, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.run.cache import Cache, Step


class Count:
    """Work that notes how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, folder: Path) -> None:
        self.done += 1
        (folder / "out").mkdir(exist_ok=True)
        (folder / "out" / "text").write_text(f"made {self.done}", encoding="utf-8")


def run(cache: Cache, folder: Path, work: Count, inputs: str = "one") -> str:
    folder.mkdir(parents=True)
    cache.run(Step("documents", inputs, work, ("out",)), folder)
    return (folder / "out" / "text").read_text(encoding="utf-8")


def test_a_step_of_the_same_inputs_is_done_once(tmp_path: Path) -> None:
    work = Count()
    assert [run(Cache(tmp_path / "cache"), tmp_path / name, work) for name in "ab"] == ["made 1", "made 1"]


def test_a_step_of_other_inputs_is_done_again(tmp_path: Path) -> None:
    work = Count()
    found = [run(Cache(tmp_path / "cache"), tmp_path / name, work, name) for name in "ab"]
    assert found == ["made 1", "made 2"]


def test_without_the_cache_all_is_done_and_kept_anew(tmp_path: Path) -> None:
    work = Count()
    run(Cache(tmp_path / "cache"), tmp_path / "a", work)
    assert run(Cache(tmp_path / "cache", enabled=False), tmp_path / "b", work) == "made 2"
    assert run(Cache(tmp_path / "cache"), tmp_path / "c", work) == "made 2"


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_what_is_not_as_it_was_kept_is_not_taken(damage: str, tmp_path: Path) -> None:
    work, cache = Count(), Cache(tmp_path / "cache")
    run(cache, tmp_path / "a", work)
    kept = cache.entry("documents", "one") / "out" / "text"
    kept.write_text("made up", encoding="utf-8") if damage == "changed" else kept.unlink()
    assert run(cache, tmp_path / "b", work) == "made 2"


def test_only_the_last_finished_run_and_the_newest_after_it_are_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    run(cache, tmp_path / "a", Count(), "finished")
    cache.finished({})
    for name in ("failed", "failed-again"):
        run(Cache(tmp_path / "cache"), tmp_path / name, Count(), name)
    assert sorted(path.name for path in (tmp_path / "cache" / "documents").iterdir()) == ["failed-again", "finished"]


def test_steps_that_a_finished_run_did_not_have_go(tmp_path: Path) -> None:
    run(Cache(tmp_path / "cache"), tmp_path / "a", Count())
    Cache(tmp_path / "cache").finished({})
    assert not (tmp_path / "cache" / "documents").exists()


def test_only_its_owner_may_look_into_it(tmp_path: Path) -> None:
    run(Cache(tmp_path / "cache"), tmp_path / "a", Count())
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_written_to_is_no_fault_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    assert run(Cache(tmp_path / "cache"), tmp_path / "a", Count()) == "made 1"
