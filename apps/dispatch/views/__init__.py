"""Pages of dispatch: copies of papers, the outbox, recipients, a user's messages."""
