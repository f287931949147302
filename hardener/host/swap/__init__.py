"""Swap files: their signature, the kernel's list of them, where they can lie."""
