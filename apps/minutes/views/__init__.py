"""Pages and acts of the 纪要: fetch what the user may see, ask, act, answer."""
