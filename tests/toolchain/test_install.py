"""What `make run` and `make test` do before anything is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.browser import find_chromium, is_snap_stub

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """deploy/install.py as a module, with a virtual environment of its own and no rights."""
    monkeypatch.setenv("VENV", str(tmp_path / "venv"))
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy/install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(module, "may_sudo", lambda: False)
    return module


def test_without_rights_it_says_what_to_install(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "can_load", lambda name: "pango" in name)
    monkeypatch.setattr(sys, "argv", ["install.py", "run"])
    assert install.main() == 1
    assert capsys.readouterr().err == (
        "Some system packages are missing. Please run as root:\n"
        "  apt-get install -y --no-install-recommends libharfbuzz-subset0\n"
    )


def test_with_root_it_asks_apt_only(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> {tmp_path}/asked\n')
    apt.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert install.apt_install(["redis-server"])
    assert (tmp_path / "asked").read_text().splitlines() == [
        "noninteractive -qq -o Dpkg::Use-Pty=0 update",
        "noninteractive -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends redis-server",
    ]


def test_a_refused_apt_fails(install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert not install.apt_install(["redis-server"])


def test_nothing_is_missing_here(install: ModuleType) -> None:
    """Else this very run would not have begun."""
    assert install.missing_packages("test") == []


def test_the_stamp_of_the_tests_serves_both(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def pretend(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        python = install.python_of(install.VENV)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", pretend)
    install.install_python_packages("test")
    assert [command[1:3] for command in asked] == [["-m", "venv"], ["-m", "pip"]]
    assert "--require-hashes" in asked[1]
    install.install_python_packages("test")
    install.install_python_packages("run")
    assert len(asked) == 2
    install.STAMP.write_text('{"run": "of another lock", "test": "of another lock"}')
    install.install_python_packages("run")
    assert asked[-1][-1].endswith("requirements.lock")
    assert install.read_stamp() == {"run": install.fingerprint(install.LOCKS["run"])}


@pytest.mark.parametrize(
    ("text", "stub"),
    [
        ('#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then echo no; fi\nexec /snap/bin/chromium "$@"\n', True),
        ('#!/bin/sh\nexec /usr/lib/chromium/chromium "$@"\n', False),
        ("\x7fELF /snap/", False),
    ],
)
def test_a_snap_stub_is_known(tmp_path: Path, text: str, stub: bool) -> None:
    program = tmp_path / "chromium"
    program.write_text(text)
    assert is_snap_stub(program) is stub


def test_a_named_browser_is_taken_or_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="none, which cannot be run"):
        find_chromium()
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert find_chromium() == Path(sys.executable)
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() is None


def test_an_old_python_is_told(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "OLDEST", (99, 0))
    monkeypatch.setattr(sys, "argv", ["install.py", "test"])
    assert install.main() == 1
    assert "Name another one: make test PYTHON=" in capsys.readouterr().err
