"""Home page by role, search, overview; the only app that may look at everything."""
