"""Many hosts: what is sent to each, what comes back, and what that means for all."""
