"""Looks at all of the above and asks dispatch to speak."""
