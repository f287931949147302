"""What of a host is opened, written, run and looked at: all contact with it."""
