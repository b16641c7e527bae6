"""The changing code people sign in with: six digits for half a minute, from the secret of one meeting alone. Pure."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime

STEP = 30  # seconds a code stands on the screen
BACK = 2  # codes before the present one that still count: a phone that looked up slowly
DIGITS = 6


def new_secret() -> str:
    """Sixty-four hexadecimal digits; each opening of the door has its own."""
    return secrets.token_hex(32)


def code_at(secret: str, moment: datetime) -> str:
    """The code that stands at a moment."""
    return _code(secret, _step(moment))


def accepts(secret: str, code: str, moment: datetime) -> bool:
    """Whether a code is the present one or one of the last two. Compares without telling by time."""
    now, typed = _step(moment), unicodedata.normalize("NFKC", code).strip().encode()
    right = [hmac.compare_digest(_code(secret, now - back).encode(), typed) for back in range(BACK + 1)]
    return any(right)


def seconds_left(moment: datetime) -> int:
    """How long the present code still stands, 1 to 30."""
    return STEP - int(moment.timestamp()) % STEP


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def _code(secret: str, step: int) -> str:
    digest = hmac.new(bytes.fromhex(secret), step.to_bytes(8, "big", signed=True), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"
