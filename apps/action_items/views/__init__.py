"""Pages of the ledger and of one item."""
