"""Deeds: ledger, reports, extensions, close, lights."""
