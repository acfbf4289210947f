"""Run every benchmark of this folder, one after another; each prints its table and writes it to ``results/``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the scripts; return 1 where one misses its limit."""
    scripts = [path for path in sorted(HERE.glob("*.py")) if path.name not in {Path(__file__).name, "measuring.py"}]
    codes = [subprocess.run([sys.executable, str(path)], check=False).returncode for path in scripts]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
