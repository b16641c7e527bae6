"""Pages of bulletins and of information."""
