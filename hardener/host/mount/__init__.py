"""Mounts: what their options come to, what they are made of, and who uses them."""
