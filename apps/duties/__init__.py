"""What each unit answers for, in versions."""
