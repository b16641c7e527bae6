"""Install what is missing for `make run` or `make test`, and nothing else.

    python3 deploy/install.py run|test

System packages come through apt (as root, or by sudo); Python packages go into `.venv`, from the lock files, by
hash. A second call finds its stamp and returns at once. Standard library only, and readable by an old Python,
which is told what it lacks instead of failing on the syntax.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV") or ROOT / ".venv").resolve()
STAMP = VENV / "installed.json"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-dev.lock"}
OLDEST = (3, 11)

# What WeasyPrint opens at run time, and who brings it. Without harfbuzz-subset a paper takes 12 s, not 0.3.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
PROGRAMS = {
    "run": {"fc-match": "fontconfig"},
    "test": {"fc-match": "fontconfig", "redis-server": "redis-server"},
}


def main() -> int:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in LOCKS:
        print("usage: python3 deploy/install.py run|test", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        print(
            f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.\n"
            f"Name another one: make {purpose} PYTHON=python3.12",
            file=sys.stderr,
        )
        return 1
    packages = missing_packages(purpose)
    if packages and not apt_install(packages):
        return 1
    if purpose == "test" and not has_browser():
        return 1
    install_python_packages(purpose)
    return 0


def missing_packages(purpose: str) -> list[str]:
    """Return the Debian packages whose parts are missing. Looks for the parts, however they were installed."""
    missing = [package for library, package in LIBRARIES.items() if not can_load(library)]
    missing += [package for name, package in PROGRAMS[purpose].items() if not shutil.which(name)]
    if not python_of(VENV).exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if purpose == "test":
        if not shutil.which("initdb") and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            missing.append("postgresql")
        if find_browser().returncode and not is_ubuntu() and not os.environ.get("CHROMIUM"):
            missing.append("chromium")
    return missing


def can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def is_ubuntu() -> bool:
    """Whether `apt-get install chromium` would only bring the door to a snap."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text().split("\n")


def find_browser() -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(ROOT / "tests/support/browser.py")]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def has_browser() -> bool:
    looked = find_browser()
    if looked.returncode:
        print(looked.stderr, end="", file=sys.stderr)
    return looked.returncode == 0


def apt_install(packages: list[str]) -> bool:
    """Install packages as root or by sudo; else say what to install. Returns whether they are there now."""
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    apt = shutil.which("apt-get")
    if apt is None:
        print(f"Please install what these Debian packages hold: {' '.join(packages)}", file=sys.stderr)
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not may_sudo():
            print(f"Some system packages are missing. Please run as root:\n  {line}", file=sys.stderr)
            return False
        prefix = ["sudo"]
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    # A broken third-party source must not stop us: if the packages are known all the same, all is well.
    no = subprocess.DEVNULL
    subprocess.run([*quiet, "update"], check=False, stdin=no, stdout=no)
    install = [*quiet, "install", "-y", "--no-install-recommends", *packages]
    done = subprocess.run(install, check=False, stdin=no, stdout=no)
    if done.returncode:
        print(f"apt-get could not install them. By hand, as root:\n  {line}", file=sys.stderr)
    return done.returncode == 0


def may_sudo() -> bool:
    """Whether sudo works, asking for a password only where somebody can type one."""
    if not shutil.which("sudo"):
        return False
    question = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "true"]
    return subprocess.run(question, capture_output=not sys.stdin.isatty(), check=False).returncode == 0


def install_python_packages(purpose: str) -> None:
    """Bring the virtual environment in step with a lock file, unless its stamp says it is."""
    wanted = fingerprint(LOCKS[purpose])
    stamp = read_stamp()
    if stamp.get(purpose) == wanted and python_of(VENV).exists():
        return
    if not python_of(VENV).exists() or run_quietly(python_of(VENV), "-m", "pip", "--version"):
        print(f"Making a virtual environment in {VENV.name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    print(f"Installing Python packages of {LOCKS[purpose].name} (a minute, the first time)", flush=True)
    command = [
        *(str(python_of(VENV)), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"),
        *("--require-hashes", "--only-binary=:all:", "-r", str(LOCKS[purpose])),
    ]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
        raise SystemExit(f"pip failed. To see more: {shlex.join(command).replace(' -qq', '')}")
    # The lock of the tests holds all that the portal runs on, in the same versions.
    fresh = {name: fingerprint(LOCKS[name]) for name in (("run", "test") if purpose == "test" else ("run",))}
    kept = {} if stamp.get("run") != fresh["run"] else stamp
    STAMP.write_text(json.dumps({**kept, **fresh}))


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def run_quietly(program: Path, *arguments: str) -> int:
    return subprocess.run([str(program), *arguments], capture_output=True, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
