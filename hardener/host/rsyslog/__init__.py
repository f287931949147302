"""rsyslog: which files it reads, and in which order."""
