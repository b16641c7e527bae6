"""Waking the worker: a message that carries ids and may be lost. What must not be lost lies in the database."""

import logging
import time
from typing import Any

from celery import current_app

logger = logging.getLogger(__name__)

BROKER_PAUSE = 30.0  # seconds without another try once the broker did not answer
_broker: dict[str, float] = {"quiet_until": 0.0}


def publish(task: str, **given: Any) -> bool:
    """Hand the broker a task. One that is down costs a time-out in 30 s, no error; the sweeper finds the rows."""
    if time.monotonic() < _broker["quiet_until"]:
        return False
    try:
        current_app.send_task(task, kwargs=given, retry=False, ignore_result=True)
    except Exception:
        _broker["quiet_until"] = time.monotonic() + BROKER_PAUSE
        logger.warning("broker does not answer; %s waits for the sweeper", task, exc_info=True)
        return False
    return True
