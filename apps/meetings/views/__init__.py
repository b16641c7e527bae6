"""Pages: topics, meetings, agenda, notice, replies, sign-in, live record. Parse, fetch, ask, act, answer."""
