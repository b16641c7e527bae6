"""The demo: one login per role and unit, and two meetings of its own in earlier stages, dated from today.

Everything invented is marked 示例; no person is invented (×××). Made once: a second run finds it and stops.
"""
