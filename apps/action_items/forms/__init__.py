"""Forms of the ledger and of one item."""
