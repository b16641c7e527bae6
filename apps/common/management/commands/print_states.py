"""`manage.py print_states`: docs/states.md from the tables themselves, the same text at every run."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.common.workflow import WORKFLOWS, Transition, Workflow


class Command(BaseCommand):
    help = "Print the state tables of every workflow as Markdown."

    def handle(self, **options: Any) -> None:
        self.stdout.write(states_page(), ending="")


def states_page() -> str:
    """The whole page, models by their label."""
    flows = sorted(WORKFLOWS.values(), key=lambda flow: flow.model._meta.label)
    parts = ["# States\n\nPrinted by `manage.py print_states` from the tables in the code; do not edit.\n"]
    return "\n".join([*parts, *(_model(flow) for flow in flows)])


def _model(flow: Workflow) -> str:
    lines = [f"## {flow.model._meta.label} ({flow.label})", "", "| state | 中文 |", "|---|---|"]
    lines += [f"| `{value}` | {label} |" for value, label in flow.states.choices]
    lines += ["", "| verb | 中文 | from | to | who | must hold | reason |", "|---|---|---|---|---|---|---|"]
    lines += [_row(flow, row) for row in flow.rows]
    return "\n".join(lines) + "\n"


def _row(flow: Workflow, row: Transition) -> str:
    order = list(flow.states.values)
    sources = ", ".join(f"`{state}`" for state in sorted(row.sources, key=order.index))
    target = f"`{row.target}`" if row.target else "stays"
    who = _sentence(row.allowed) + (" Also the portal itself." if row.system else "")
    cells = [
        f"`{row.name}`",
        str(row.label),
        sources,
        target,
        who,
        _sentence(row.guard),
        "yes" if row.needs_reason else "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _sentence(function: Any) -> str:
    """First line of a function's docstring; what a wrapper wraps counts."""
    if function is None:
        return ""
    text = (getattr(function, "__doc__", None) or "").strip()
    return text.splitlines()[0].strip() if text else getattr(function, "__name__", "")
