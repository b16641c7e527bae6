"""Drafting, circulation and consent, sign-off, numbering, issue, correction."""
