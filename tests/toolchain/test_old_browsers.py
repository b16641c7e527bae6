"""How the old browsers come: by npm, once, and only the archive whose digest is written down."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from tests.support import old_chromium
from tests.support.old_chromium import Build, UnusableError

PROGRAM = b"#!/bin/sh\necho 92\n"


def tar_of(**files: bytes) -> bytes:
    """A tar archive; `__` in a name stands for a folder."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return held.getvalue()


ARCHIVE = tar_of(
    package__bin__aws_tar_br=brotli.compress(tar_of(lib__some_so=b"library")),
    package__bin__swiftshader_tar_br=brotli.compress(tar_of(libEGL_so=b"more")),
    package__bin__chromium_br=brotli.compress(PROGRAM),
)
DIGEST = base64.b64encode(hashlib.sha512(ARCHIVE).digest()).decode()


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """The only build there is, with nothing fetched."""
    made = Build("92", "chromium@92.0.0", "92.0.1.2", DIGEST)
    monkeypatch.setattr(old_chromium, "SCRATCH", tmp_path / "run")
    monkeypatch.setattr(old_chromium, "BUILDS", {"92": made})
    return made


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes down what it was asked and packs `archive.tgz` of its folder, if that is there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "npm"
    program.write_text(
        f'#!/bin/sh\necho "$1 $2 $3" >> {folder}/asked\n'
        f'cp {folder}/archive.tgz "$4/" 2>/dev/null || {{ echo "npm: no network" >&2; exit 1; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


def test_it_is_fetched_once_by_its_name_and_version(build: Build, npm: Path) -> None:
    (npm / "archive.tgz").write_bytes(ARCHIVE)
    assert old_chromium.main() == 0
    (npm / "archive.tgz").unlink()
    assert old_chromium.main() == 0  # as without a network
    assert (npm / "asked").read_text() == "pack chromium@92.0.0 --pack-destination\n"
    assert build.program.read_bytes() == PROGRAM
    assert os.access(build.program, os.X_OK)
    assert (build.folder / "lib/some.so").read_bytes() == b"library"
    assert (build.folder / "libEGL.so").read_bytes() == b"more"


def test_another_archive_under_the_same_name_is_refused(
    build: Build, npm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (npm / "archive.tgz").write_bytes(ARCHIVE + b"\0")
    assert old_chromium.main() == 1
    assert "chromium@92.0.0 is not the archive it was: sha512" in capsys.readouterr().err
    assert not build.folder.exists()


def test_without_network_and_copy_it_says_what_is_missing(
    build: Build, npm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old_chromium.main() == 1
    assert capsys.readouterr().err == (
        f"Chromium 92.0.1.2 is not in {build.folder}, and npm could not fetch chromium@92.0.0:\nnpm: no network\n"
        "The tests on old browsers need it. Run this again with a network, or copy that folder from a machine where "
        "it ran.\n"
    )
    with pytest.raises(UnusableError, match=r"Fetch it: \.venv/bin/python tests/support/old_chromium\.py"):
        old_chromium.launch_options(build)


def test_without_npm_it_says_so(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert old_chromium.main() == 1
    assert "there is no npm to fetch it with" in capsys.readouterr().err


def test_half_a_copy_is_none(build: Build, npm: Path) -> None:
    (npm / "archive.tgz").write_bytes(ARCHIVE)
    build.folder.mkdir(parents=True)
    build.program.write_bytes(b"half")
    assert old_chromium.main() == 0
    assert build.program.read_bytes() == PROGRAM
    (build.folder / "archive.sha512").write_text("of another archive")
    assert not build.is_here()


def test_the_builds_are_pinned() -> None:
    assert list(old_chromium.BUILDS) == ["92", "109"]
    for build in old_chromium.BUILDS.values():
        assert len(base64.b64decode(build.sha512)) == 64
        assert build.version.startswith(f"{build.name}.")
        assert build.package.rpartition("@")[2].startswith(f"{build.name}.")
