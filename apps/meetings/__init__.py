"""Topics, plan, notice, replies, agenda, sign-in, live recording."""
