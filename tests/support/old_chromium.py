"""The old browsers of the floor: which builds, where they come from, and how they are started.

    .venv/bin/python tests/support/old_chromium.py        fetch what is missing (`make test-all` does)

The builds are headless ones, published as npm packages for servers without a desktop; `npm pack` brings the archive
from whatever registry npm is set to. Each archive is held against the digest below before anything of it is opened.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRATCH = ROOT / ".run"
PARTS = ("aws.tar.br", "swiftshader.tar.br", "chromium.br")
SECONDS = 300


class UnusableError(Exception):
    """The browser cannot be had here; the text says what is missing and what to do."""


@dataclass(frozen=True)
class Build:
    """One old browser. `sha512` is the archive's, in base64, as npm writes it."""

    name: str
    package: str
    version: str  # as the browser itself gives it
    sha512: str

    @property
    def folder(self) -> Path:
        return SCRATCH / f"chromium-{self.name}"

    @property
    def program(self) -> Path:
        return self.folder / "chromium"

    def is_here(self) -> bool:
        """Whether this very archive was unpacked, to the end."""
        stamp = self.folder / "archive.sha512"
        return self.program.exists() and stamp.exists() and stamp.read_text() == self.sha512


BUILDS = {
    build.name: build
    for build in (
        Build(
            "92",
            "@sparticuz/chromium@92.0.0",
            "92.0.4512.0",
            "xCFop83v5gXKQTDGNfzj84F4f9QZkY9eShTu1pbWYOPB6wJNw9YgoX56zeVeRD7VL9AVwiS9VS9tgShnc5uR2g==",
        ),
        Build(
            "109",
            "@sparticuz/chromium@109.0.6",
            "109.0.5412.0",
            "9hTE03DXnrWTiGNpfjLfmGhIfmiVAerSPinDb+x5bBdM4KF4PMM1NZ0A+V7WKazoA+CasSX/osHK8K0MuO6uqg==",
        ),
    )
}


def fetch(build: Build) -> None:
    """Bring a build into its folder, unless it is there. Raises UnusableError."""
    if build.is_here():
        return
    print(f"Fetching Chromium {build.version} ({build.package}, about 50 MB)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        archive = _pack(build, Path(scratch))
        check(build, archive)
        unpack(build, archive)


def _pack(build: Build, into: Path) -> bytes:
    if not shutil.which("npm") and not _install_npm():
        raise UnusableError(
            f"Chromium {build.version} is not in {build.folder}, and there is no npm to fetch it with."
        )
    command = ["npm", "pack", build.package, "--pack-destination", str(into)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS, cwd=into)
    except subprocess.TimeoutExpired:
        raise UnusableError(_without(build, f"npm gave no answer within {SECONDS} s")) from None
    found = list(into.glob("*.tgz"))
    if done.returncode or len(found) != 1:
        raise UnusableError(_without(build, done.stderr.strip()[-600:]))
    return found[0].read_bytes()


def _without(build: Build, why: str) -> str:
    return (
        f"Chromium {build.version} is not in {build.folder}, and npm could not fetch {build.package}:\n{why}\n"
        "The tests on old browsers need it. Run this again with a network, or copy that folder from a machine "
        "where it ran."
    )


def _install_npm() -> bool:
    """Let deploy/install.py bring npm as it brings everything else of the system."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy/install.py")
    assert spec is not None
    assert spec.loader is not None
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    return bool(install.apt_install(["npm"])) and shutil.which("npm") is not None


def check(build: Build, archive: bytes) -> None:
    """Raise UnusableError unless the archive is the one that was looked at when its digest was written down."""
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != build.sha512:
        raise UnusableError(
            f"{build.package} is not the archive it was: sha512 {found}, expected {build.sha512}"
        )


def unpack(build: Build, archive: bytes) -> None:
    """Unpack browser and libraries; the stamp is written last, so that half a copy is never taken for a whole."""
    import brotli  # type: ignore[import-untyped]  # a part of the locked packages, which are there before anything is fetched

    shutil.rmtree(build.folder, ignore_errors=True)
    build.folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for part in PARTS:
            packed = package.extractfile(f"package/bin/{part}")
            assert packed is not None
            content = brotli.decompress(packed.read())
            if part == "chromium.br":
                build.program.write_bytes(content)
                continue
            with tarfile.open(fileobj=io.BytesIO(content)) as inner:
                inner.extractall(build.folder, filter="data")
    build.program.chmod(0o755)
    (build.folder / "archive.sha512").write_text(build.sha512)


def launch_options(build: Build) -> dict[str, object]:
    """What Playwright needs to start a build: program and environment. Raises UnusableError when it is not there."""
    if not build.is_here():
        raise UnusableError(
            f"Chromium {build.version} is not in {build.folder}. Fetch it: "
            ".venv/bin/python tests/support/old_chromium.py (`make test-all` does)"
        )
    fonts = build.folder / "our-fonts.conf"
    fonts.write_text(font_configuration(build.folder / "font-cache"), encoding="utf-8")
    # The libraries of the package come last: those of the machine are newer and mended.
    libraries = [*filter(None, [os.environ.get("LD_LIBRARY_PATH")]), *_libraries(), str(build.folder / "lib")]
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    return {"executable_path": str(build.program), "env": environment}


def _libraries() -> list[str]:
    return [
        str(folder) for folder in (Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib64")) if folder.is_dir()
    ]


def font_configuration(cache: Path) -> str:
    """The portal's own fonts, so that pictures look the same wherever they are taken, and DejaVu for arrows and ticks.

    Debian's fontconfig brings DejaVu; without it the arrows are boxes and nothing else differs.
    """
    families = "".join(
        f"<alias binding='same'><family>{asked}</family><prefer><family>Gongwen Hei</family>"
        "<family>Gongwen Song</family><family>Gongwen Rest</family><family>DejaVu Sans</family></prefer></alias>"
        for asked in ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif", "monospace")
    )
    folders = "".join(
        f"<dir>{folder}</dir>" for folder in (ROOT / "static/fonts", "/usr/share/fonts/truetype/dejavu")
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{folders}<cachedir>{cache}</cachedir>{families}</fontconfig>"
    )


def main() -> int:
    """Fetch all builds. Returns 1, and says what is missing, if one cannot be had."""
    try:
        for build in BUILDS.values():
            fetch(build)
    except UnusableError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
