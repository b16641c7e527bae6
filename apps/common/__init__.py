"""Workflow table, audit trail, working-day calendar, settings rows, files. Imports nothing of ours."""
