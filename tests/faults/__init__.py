"""Faults on loopback: our own mail server, Redis and worker, killed and made to misbehave."""
