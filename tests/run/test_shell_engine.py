"""The shell that runs cells in this process leaves nothing of them behind."""

from __future__ import annotations

from IPython.core.history import HistoryManager

from hai_utils.run.shell_engine import outputs_of


def test_what_a_cell_gives_is_its_output() -> None:
    (first, fault), (second, _) = outputs_of(["1 + 1", "print('said')"])
    assert (first[0]["data"], fault, second[0]["text"]) == ({"text/plain": "2"}, "", "said\n")


def test_what_cells_gave_is_not_kept_once_they_were_run() -> None:
    list(outputs_of(["'a' * 100"]))
    assert not HistoryManager.outputs


def test_a_cell_may_ask_for_the_cells_before_it() -> None:
    assert list(outputs_of(["a = 1", "In[1]"]))[1][0][0]["data"]["text/plain"] == "'a = 1'"
