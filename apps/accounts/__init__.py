"""Users, login, second factor, sessions, handed-out roles, grants, the audit page."""
