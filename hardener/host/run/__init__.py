"""One play on a host: the order of a run, the loop over its steps, its stages and what they see."""
