"""One JSON line a log record, English, with the request id."""

import json
import logging


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; newlines inside messages cannot forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        from . import audit  # logging is configured before models can be imported

        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": audit.current_origin().request_id,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
