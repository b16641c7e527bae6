"""`manage.py seed_demo`: the charter, the sample meetings, and a demo that waits for every role."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.portal.services import seed_demo


class Command(BaseCommand):
    help = "Load the demo (only with DEMO=1). A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is for trying out: set DEMO=1.")
        if seed_demo():
            self.stdout.write("Demo loaded.")
