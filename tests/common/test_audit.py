"""The journal cannot be changed quietly, and stays one chain when many write at once."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.common import audit, triggers
from apps.common.models import AuditEvent

TABLE = "common_auditevent"


def lines(count: int) -> list[AuditEvent]:
    return [audit.record(by=None, verb=f"verb{i}", label=f"第{i}步", detail={"i": i}) for i in range(count)]


def tamper(sql: str) -> None:
    """Change a row as somebody would who owns the database: triggers off, change, triggers on."""
    triggers.lift(connection, TABLE)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    triggers.protect(connection, TABLE, triggers.PROTECTED[TABLE])


@pytest.mark.core
@pytest.mark.django_db
def test_a_whole_chain_is_reported_with_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    made = lines(3)
    assert [event.previous_hash for event in made] == [audit.GENESIS, made[0].hash, made[1].hash]
    call_command("verify_audit")
    assert capsys.readouterr().out == f"日志链完好：3条，末条哈希 {made[2].hash}\n"


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "broken", "count"),
    [
        ("UPDATE common_auditevent SET actor_label = '别人' WHERE id = {1}", 1, 1),
        ("UPDATE common_auditevent SET allowed = NOT allowed WHERE id = {2}", 2, 2),
        ("UPDATE common_auditevent SET detail = '{{\"i\": 9}}' WHERE id = {0}", 0, 0),
        ("DELETE FROM common_auditevent WHERE id = {1}", 2, 1),
    ],
)
def test_a_changed_or_missing_line_is_found(sql: str, broken: int, count: int) -> None:
    ids = [event.pk for event in lines(4)]
    tamper(sql.format(*ids))
    report = audit.verify()
    assert (report.broken_id, report.count) == (ids[broken], count)
    with pytest.raises(CommandError, match=f"日志链在第{ids[broken]}号记录处断裂；此前{count}条完好"):
        call_command("verify_audit")


@pytest.mark.core
@pytest.mark.django_db
def test_lines_of_long_work_are_written_together_at_its_end_or_not_at_all() -> None:
    def fails() -> None:
        with transaction.atomic(), audit.at_the_end():
            raise KeyError(len(lines(2)))

    with pytest.raises(KeyError):
        fails()
    with audit.at_the_end():
        made = lines(3)
        assert AuditEvent.objects.count() == 0
    after = audit.record(by=None, verb="after", label="之后")
    assert list(AuditEvent.objects.order_by("id")) == [*made, after]
    assert audit.verify() == audit.ChainReport(4, after.hash, None)


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("act", ["UPDATE common_auditevent SET label = 'x'", "DELETE FROM common_auditevent"])
def test_the_database_refuses_change_and_removal(act: str) -> None:
    triggers.lift(connection, TABLE)  # a run without migrations has none; with them this changes nothing
    triggers.protect(connection, TABLE, triggers.PROTECTED[TABLE])
    lines(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)
    assert audit.verify().count == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_four_threads_write_one_chain() -> None:
    gate = threading.Barrier(24)

    def write(number: int) -> None:
        gate.wait()
        with transaction.atomic():
            audit.record(by=None, verb="race", label="并发", detail={"n": number})
            audit.record(by=None, verb="race", label="并发", detail={"n": -number})
        connection.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = audit.verify()
    assert (report.count, report.broken_id) == (48, None)
    assert AuditEvent.objects.values("previous_hash").distinct().count() == 48
