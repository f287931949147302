"""How systemd's units and programs are configured, and who uses a unit."""
