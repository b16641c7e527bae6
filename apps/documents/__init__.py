"""GB/T 9704 composition, numbers, the frozen archive of issued papers."""
