"""Tests of the portal. One folder an app; `browser/` clicks, `support/` starts real servers."""
