"""The outbox: who gets which paper or message by which channel, attempts, receipts."""
