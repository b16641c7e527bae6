"""What every page's frame shows: navigation, number of waiting tasks, names."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame."""
    return {"nav": [], "todo_count": 0}
