"""Putting back: a run, a part of one, what a killed one left, and by whom."""
