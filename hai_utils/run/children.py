"""Processes that must not outlive the one that forked them."""

from __future__ import annotations

import signal
import sys

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that forked it ends, however that happens."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
