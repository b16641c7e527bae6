"""Facts only: the charter, member units, posts and who holds them over time."""
