"""How much longer harden takes than the least that the same work could take; see README.md."""
