"""`manage.py verify_audit`: walk the journal's hash chain. Exit code 0, or 1 with the first broken line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.audit import verify


class Command(BaseCommand):
    help = "Check the hash chain of the journal; prints the number of lines and the head hash."

    def handle(self, **options: Any) -> None:
        report = verify()
        if report.broken_id is not None:
            raise CommandError(
                f"日志链在第{report.broken_id}号记录处断裂；此前{report.count}条完好，末条哈希 {report.head}"
            )
        self.stdout.write(f"日志链完好：{report.count}条，末条哈希 {report.head}")
