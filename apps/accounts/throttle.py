"""How many wrong passwords are too many: per user and address, per user from anywhere, per address.

Each alone is not enough: seven addresses walk past the first, and the second alone would let anybody lock
out the convener for long. Names are counted in their normal spelling. Counters live in the cache (Redis in
production).
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache

from .models import normal_username


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in so many seconds."""

    name: str
    tries: int
    seconds: int


PAIR = Limit("pair", 5, 300)
NAME = Limit("name", 15, 900)
ADDRESS = Limit("address", 40, 300)
_YEAR = 365 * 86400


def _key(limit: Limit, *parts: str) -> str:
    return f"throttle:{limit.name}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"


def _counters(username: str, address: str) -> list[tuple[Limit, str]]:
    name = normal_username(username)
    lifted = str(cache.get(f"throttle:lifted:{_key(NAME, name)}", 0))
    return [
        (PAIR, _key(PAIR, name, address, lifted)),
        (NAME, _key(NAME, name, lifted)),
        (ADDRESS, _key(ADDRESS, address)),
    ]


def _count(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two calls
        cache.set(key, 1, seconds)
        return 1


def take(username: str, address: str) -> bool:
    """Count one try. False when it is one too many: then the password is not even looked at."""
    # Every counter counts, also after one of them has said no.
    counts = [(_count(key, limit.seconds), limit) for limit, key in _counters(username, address)]
    return all(count <= limit.tries for count, limit in counts)


def give_back(username: str, address: str) -> None:
    """Uncount a try that was right. Earlier wrong ones keep counting: a good one must not hide a search."""
    for _limit, key in _counters(username, address):
        try:
            cache.decr(key)
        except ValueError:
            continue


def is_locked(username: str) -> bool:
    """True when the name has used up its tries from anywhere."""
    name = normal_username(username)
    lifted = str(cache.get(f"throttle:lifted:{_key(NAME, name)}", 0))
    return int(cache.get(_key(NAME, name, lifted), 0)) >= NAME.tries


def lift(username: str) -> None:
    """Forget a name's wrong tries, from every address (the address's own count stays)."""
    key = f"throttle:lifted:{_key(NAME, normal_username(username))}"
    cache.add(key, 0, _YEAR)
    cache.incr(key)
