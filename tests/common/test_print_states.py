"""docs/states.md is printed from the tables, the same at every run."""

from apps.common.management.commands.print_states import states_page
from apps.common.workflow import WORKFLOWS


def test_the_page_names_every_model_state_and_verb() -> None:
    page = states_page()
    assert page == states_page()
    for flow in WORKFLOWS.values():
        assert f"## {flow.model._meta.label} ({flow.label})" in page
        assert [value for value in flow.states.values if f"| `{value}` |" not in page] == []
        assert [row.name for row in flow.rows if f"| `{row.name}` | {row.label} |" not in page] == []
