"""Pages of the rules, the rehearsal, the chase, the ladder and the letters."""
