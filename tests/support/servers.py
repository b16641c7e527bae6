"""PostgreSQL and Redis of our own, on free loopback ports, for the length of a test run.

Nothing here touches a server the machine already runs: every start picks a free port, gives the server
a random password, and accepts the listener only after it has proved to be the process just started.
Each server dies with the process that started it, even if that one is killed.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import redis

HOST = "127.0.0.1"
START_SECONDS = 30
PORT_TRIES = 5
PR_SET_PDEATHSIG = 1


class ServerError(RuntimeError):
    """A server is missing or would not start; the text names it and shows the end of its log."""


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def find_program(name: str, *, folders: str = "", package: str) -> Path:
    """Return the path of a program from PATH, else from the newest folder matching the glob `folders`.

    Raises ServerError naming the Debian package that brings it.
    """
    found = shutil.which(name)
    if found and not folders:
        return Path(found)
    # Debian keeps one folder a major version; 9.6 must not sort above 15.
    homes = sorted(Path("/").glob(folders.lstrip("/")), key=_version) if folders else []
    for home in reversed(homes):
        if os.access(home / name, os.X_OK):
            return home / name
    if found:
        return Path(found)
    raise ServerError(f"{name} is not installed: apt-get install {package}")


def _version(folder: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", str(folder))]


def _die_with_parent(signum: int) -> Callable[[], None]:
    """Return what a child runs before exec, so that it is signalled when the process that started it ends."""
    libc = ctypes.CDLL(None, use_errno=True)

    def arm() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signum)

    return arm


class Server:
    """One child process with a folder of its own. Use as a context manager, or call start() and stop()."""

    name = "server"
    stop_signal = signal.SIGTERM
    run_as: str | None = None
    """Account to run as when the tests themselves run as root."""

    def __init__(self) -> None:
        self.port = 0
        self.password = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None
        self.home: Path | None = None

    # What a kind of server says about itself.
    def prepare(self) -> None:
        """Make the files the server needs, once, in its empty folder."""

    def command(self) -> list[str]:
        raise NotImplementedError  # pragma: no cover

    def is_ours(self) -> bool:
        """Whether the listener on the port is our process. May raise while it is still starting."""
        raise NotImplementedError  # pragma: no cover

    # Life and death.
    def start(self) -> Self:
        """Start on a free port and return when it answers. Raises ServerError."""
        if self.home is None:
            self.home = Path(tempfile.mkdtemp(prefix=f"opd-{self.name}-"))
            if (account := self._account()) is not None:
                os.chown(self.home, account.pw_uid, account.pw_gid)
            atexit.register(self.stop)
            self.prepare()
        for _attempt in range(PORT_TRIES):
            self.port = free_port()
            if self._launch():
                return self
        log = self.log()
        self.stop()
        raise ServerError(f"{self.name} did not start. The end of its log:\n{log}")

    def restart(self, *, stop_signal: signal.Signals | None = None) -> None:
        """Stop (with another signal if given: SIGQUIT, SIGKILL) and start again on the same port and data."""
        self.halt(stop_signal)
        if not self._launch():
            raise ServerError(f"{self.name} did not come back. The end of its log:\n{self.log()}")

    def halt(self, stop_signal: signal.Signals | None = None) -> None:
        """Stop the process and keep its data."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(stop_signal or self.stop_signal)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def stop(self) -> None:
        """Stop the process and remove its data. Safe to call twice."""
        self.halt()
        atexit.unregister(self.stop)
        if self.home is not None:
            shutil.rmtree(self.home, ignore_errors=True)
            self.home = None

    def log(self) -> str:
        """Return the end of the server's log."""
        path = self.folder / "log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""

    @property
    def folder(self) -> Path:
        if self.home is None:
            raise ServerError(f"{self.name} has not been started")
        return self.home

    def _account(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0 or self.run_as is None:
            return None
        for name in (self.run_as, "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise ServerError(f"{self.name} refuses to run as root, and there is no account to run it as")

    def _identity(self) -> dict[str, Any]:
        """Return the arguments that make subprocess run a program as the server's account."""
        account = self._account()
        if account is None:
            return {}
        # The inherited HOME and working folder may be unreadable to that account.
        environment = {**os.environ, "HOME": account.pw_dir}
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "env": environment}

    def _launch(self) -> bool:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches pytest, which then stops us in order
                preexec_fn=_die_with_parent(self.stop_signal),  # noqa: PLW1509 - one call into libc
                **self._identity(),
            )
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                if self.is_ours():
                    return True
                break  # somebody else answered: the port was taken between looking and starting
            except (OSError, psycopg.Error, redis.RedisError):
                time.sleep(0.02)
        self.halt()
        return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Postgres(Server):
    """A PostgreSQL cluster. `url("name")` is the address of a database in it (which need not exist)."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients, unlike SIGTERM
    run_as = "postgres"

    def prepare(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if (account := self._account()) is not None:
            os.chown(secret, account.pw_uid, account.pw_gid)
        made = subprocess.run(
            [
                str(self._program("initdb")),
                *("--pgdata", str(self.data), "--username", "portal", "--pwfile", str(secret)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),
        )
        if made.returncode:
            raise ServerError(f"initdb failed:\n{made.stderr[-2000:]}")

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": self.folder,  # cheaper than loopback, and nobody else gets into the folder
            # Survives a killed server (the fault tests do that), not a power cut (they do not).
            "fsync": "off",
            "full_page_writes": "off",
            "jit": "off",  # compiling a query takes longer than answering it from a test's few rows
            "max_connections": 200,
            "shared_buffers": "64MB",
            "logging_collector": "off",
        }
        flags = [flag for key, value in settings.items() for flag in ("-c", f"{key}={value}")]
        return [str(self._program("postgres")), "-D", str(self.data), *flags]

    def is_ours(self) -> bool:
        with self.connect() as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        return row is not None and row[0] == str(self.data)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "portal") -> str:
        """Return the DATABASE_URL of a database in this cluster."""
        return f"postgres://portal:{self.password}@{HOST}:{self.port}/{database}"

    def socket_url(self, database: str = "portal") -> str:
        """Return the same by the socket in the server's folder, for processes of the account that started it."""
        return f"postgres://portal:{self.password}@:{self.port}/{self.folder}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection outside Django's, in autocommit mode."""
        address = self.url(database).replace("postgres://", "postgresql://", 1)
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    @staticmethod
    def _program(name: str) -> Path:
        return find_program(name, folders="/usr/lib/postgresql/*/bin", package="postgresql")


class Redis(Server):
    """A Redis server without persistence. `url()` is the address of one of its databases."""

    name = "redis"

    def command(self) -> list[str]:
        return [
            str(find_program("redis-server", package="redis-server")),
            *("--bind", HOST, "--port", str(self.port), "--requirepass", self.password),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def is_ours(self) -> bool:
        with self.client() as client:
            about: dict[str, Any] = client.info("server")
        return self.process is not None and about["process_id"] == self.process.pid

    def url(self, database: int = 0) -> str:
        """Return the REDIS_URL of one of the 16 databases."""
        return f"redis://:{self.password}@{HOST}:{self.port}/{database}"

    def client(self, database: int = 0) -> redis.Redis:
        """Open a client of one of the 16 databases."""
        return redis.Redis.from_url(self.url(database), socket_connect_timeout=5)
