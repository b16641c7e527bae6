"""A room full of people at a real server: gunicorn as in production, PostgreSQL, Redis, real HTTP.

Recorders save block after block, boards ask again and again. What they were told and how long it took is kept, and
afterwards every text that was sent is looked for in the database.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.servers import HOST, Postgres, Redis, Server

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
POLL_SECONDS = 4.0  # templates/meetings/record.html
GUNICORN = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60")
RECORDERS = 3


class Web(Server):
    """The production server, with the portal or with the floor."""

    name = "gunicorn"

    def __init__(self, environment: dict[str, str], module: str) -> None:
        super().__init__()
        self.environment, self.module = environment, module

    def command(self) -> list[str]:
        bind = ("--bind", f"{HOST}:{self.port}")
        return [sys.executable, "-m", "gunicorn", self.module, *bind, *GUNICORN]

    def is_ours(self) -> bool:
        # Any answer will do: the floor has no page at this address.
        return self.process is not None and ask(self.port, "GET", "/healthz").status > 0

    def _identity(self) -> dict[str, Any]:
        return {"env": self.environment}

    def seconds(self) -> float:
        """Processor seconds of the server, its workers and the workers it has replaced."""
        assert self.process is not None
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        ticks = sum(_ticks(master)) + sum(sum(_ticks(int(pid))[:2]) for pid in children)
        return ticks / TICKS

    def megabytes(self) -> list[float]:
        """Resident memory of each worker."""
        assert self.process is not None
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [
            int(line.split()[1]) / 1024
            for pid in children
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS")
        ]


def _ticks(pid: int) -> list[int]:
    """utime, stime, and the same of children that were waited for."""
    return [int(value) for value in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and in how many seconds."""

    status: int
    tag: str
    body: bytes
    seconds: float


def ask(
    port: int, method: str, path: str, *, session: str = "", tag: str = "", form: dict[str, Any] | None = None
) -> Answer:
    """One request as the proxy passes it on."""
    token = "t" * 32
    headers = {"X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}
    if session:
        headers["Cookie"] = f"sessionid={session}; csrftoken={token}"
    if tag:
        headers["If-None-Match"] = tag
    if method == "GET":
        headers["X-Polling"] = "1"
    else:
        headers |= {"Accept": "application/json", "X-CSRFToken": token, "Origin": f"https://{HOST}:{port}"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    start = time.perf_counter()
    line = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        line.request(method, path, body=urlencode(form) if form is not None else None, headers=headers)
        answer = line.getresponse()
        body = answer.read()
    finally:
        line.close()
    return Answer(answer.status, answer.headers.get("ETag", ""), body, time.perf_counter() - start)


@dataclass(slots=True)
class Tally:
    """What all clients saw together."""

    saves: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    texts: dict[int, list[str]] = field(default_factory=dict)  # block → every text it was given
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, answer: Answer, right: tuple[int, ...]) -> None:
        """Keep one answer; any other status than `right` is an error."""
        with self.lock:
            (self.saves if kind == "save" else self.polls).append(answer.seconds)
            self.statuses[f"{kind} {answer.status}"] += 1
            if answer.status not in right:
                self.errors.append(f"{kind} {answer.status} {answer.body[:200]!r}")


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting being recorded at a running server."""

    web: Web
    floor: Web | None
    database: Postgres
    board: str
    recorders: list[tuple[str, int]]  # session and block
    boards: list[str]  # sessions
    spare: int  # a block nobody else writes

    def save(self, tally: Tally, recorder: int, number: int) -> None:
        """One autosave: the text has grown since the last one, and goes over the version seen last."""
        session, block = self.recorders[recorder]
        sent = tally.texts.setdefault(block, [])
        text = f"第{number}次：" + "会议听取了汇报，" * (number % 20) + secrets.token_hex(4)
        form = {"version": len(sent) + 1, "text": text, "unit": "", "speaker": "×××"}
        answer = ask(self.web.port, "POST", f"/meetings/block/{block}/", session=session, form=form)
        tally.note("save", answer, (200,))
        sent.append(text)

    def save_bare(self) -> Answer:
        """The floor's save, of a block of its own."""
        assert self.floor is not None
        session = self.recorders[0][0]
        return ask(self.floor.port, "POST", f"/{self.spare}/", session=session, form={"text": "甲乙"})

    def lost(self, tally: Tally) -> list[str]:
        """Texts that were sent and are not in the database as a revision each, in order."""
        found = []
        with self.database.connect("portal") as connection:
            for block, texts in tally.texts.items():
                sql = (
                    "SELECT version, content->>'text' FROM meetings_blockrevision"
                    " WHERE block_id = %s AND version > 1 ORDER BY version"
                )
                rows = connection.execute(sql, [block]).fetchall()
                wanted = list(enumerate(texts, 2))
                if rows != wanted:
                    found.append(
                        f"block {block}: sent {len(wanted)}, kept {len(rows)}, equal {rows == wanted}"
                    )
                row = connection.execute("SELECT text FROM meetings_recordblock WHERE id = %s", [block])
                if row.fetchone() != (texts[-1],):
                    found.append(f"block {block}: not the last text")
        return found

    def run(self, tally: Tally, *, seconds: float, saves: int, boards: int, every: float) -> None:
        """All at once: `saves` spread over the recorders and the time, each board asking `every` so many seconds."""
        end = time.monotonic() + seconds
        work: list[Callable[[], None]] = [
            lambda number=number: self._board(tally, self.boards[number], number * every / boards, every, end)  # type: ignore[misc]
            for number in range(boards)
        ]
        if saves:
            work += [
                lambda who=who: self._recorder(tally, who, saves // RECORDERS, seconds)  # type: ignore[misc]
                for who in range(RECORDERS)
            ]
        threads = [threading.Thread(target=self._guarded, args=(tally, act)) for act in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @staticmethod
    def _guarded(tally: Tally, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            with tally.lock:
                tally.errors.append(repr(error))

    def _board(self, tally: Tally, session: str, wait: float, every: float, end: float) -> None:
        tag, due = "", time.monotonic() + wait
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            answer = ask(self.web.port, "GET", self.board, session=session, tag=tag)
            tally.note("poll", answer, (200, 304))
            tag = answer.tag if answer.status == 200 else tag
            due += every

    def _recorder(self, tally: Tally, who: int, saves: int, seconds: float) -> None:
        start, pace = time.monotonic(), seconds / saves
        for number in range(saves):
            due = start + (number + who / RECORDERS) * pace
            time.sleep(max(0.0, due - time.monotonic()))
            self.save(tally, who, number)


@contextmanager
def room(boards: int, *, with_floor: bool = False) -> Iterator[Room]:
    """Start everything and let a recording begin; at the end everything is gone again."""
    folder = Path(tempfile.mkdtemp(prefix="opd-load-"))
    try:
        with ExitStack() as stack:
            database, redis = stack.enter_context(Postgres()), stack.enter_context(Redis())
            with database.connect() as connection:
                connection.execute("CREATE DATABASE portal")
            environment = _environment(folder, database, redis)
            facts = _prepare(environment, boards)
            web = stack.enter_context(Web(environment, "quanzhou_opd.wsgi"))
            bare = Web(environment, "tests.bench.floor_wsgi")
            floor = stack.enter_context(bare) if with_floor else None
            recorders = [(session, block) for session, block in facts["recorders"]]
            yield Room(web, floor, database, facts["board"], recorders, facts["boards"], facts["spare"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, database: Postgres, redis: Redis) -> dict[str, str]:
    own = {
        "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder), "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database.url(), "REDIS_URL": redis.url(), "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}", "EMAIL_URL": "smtp://127.0.0.1:25", "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "tests.bench.load_settings",
    }  # fmt: skip
    return {**os.environ, **own}


def _prepare(environment: dict[str, str], boards: int) -> dict[str, Any]:
    """Tables, people, a meeting; in a process of its own, since the settings are production's."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(boards)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(made.stderr[-3000:])
    facts: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return facts


def _make(boards: int) -> None:
    """Print what the clients need to know."""
    import django

    django.setup()
    from django.db import connection
    from django.urls import reverse

    from apps.accounts.enums import Role
    from apps.meetings import services
    from quanzhou_opd import fresh_database
    from tests.factories.people import People, client_of, give_role, make_user
    from tests.meetings import make

    fresh_database.create(connection)
    people = People()
    first = make.block(people, kind="speech", text="")
    office3 = give_role(make_user("office3", "办公室工作人员三"), Role.OFFICE_STAFF)
    item: Any = first.agenda_item
    blocks = [first, *(services.add_block(item, kind="speech", by=people.office) for _ in range(RECORDERS))]
    lookers = [people.office, people.director, people.convener, people.host_deputy, people.auditor]

    def session(user: Any) -> str:
        return str(client_of(user).cookies["sessionid"].value)

    facts = {
        "board": reverse("meetings:board", args=[first.meeting_id]),
        "recorders": [
            (session(user), block.pk)
            for user, block in zip([people.office, people.office2, office3], blocks, strict=False)
        ],
        "boards": [session(lookers[number % len(lookers)]) for number in range(boards)],
        "spare": blocks[-1].pk,
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    _make(int(sys.argv[1]))
