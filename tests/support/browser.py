"""Where the browser of the tests is. Also a small program: prints its path, or says what to install.

Standard library only: it runs before anything has been installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = """No usable Chromium was found.
  Debian:  apt-get install chromium
  Ubuntu:  its `chromium` package is only a door to a snap, whose sandbox the tests cannot drive.
           Install another Chromium or Chrome and name it: CHROMIUM=/path/to/chrome make test"""


def find_chromium() -> Path | None:
    """Return the program named by CHROMIUM, else the first real one on PATH (snap stubs are passed over).

    Raises FileNotFoundError if CHROMIUM names something that cannot be run.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise FileNotFoundError(f"CHROMIUM names {named}, which cannot be run")
        return Path(named)
    for name in NAMES:
        found = shutil.which(name)
        if found and not is_snap_stub(Path(found)):
            return Path(found)
    return None


def is_snap_stub(program: Path) -> bool:
    """Whether a program is a snap, or Ubuntu's script that only starts (or offers to install) one."""
    real = program.resolve()
    if "snap" in real.parts or real.name == "snap":
        return True
    with real.open("rb") as file:
        head = file.read(4096)
    return head.startswith(b"#!") and b"/snap/" in head


def main() -> int:
    try:
        found = find_chromium()
    except FileNotFoundError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(found or MISSING, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
