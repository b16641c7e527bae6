"""The sample meetings with the working calendar of their years, as the ledger's tests have them."""

from tests.action_items.conftest import past, workdays  # noqa: F401 - the same
