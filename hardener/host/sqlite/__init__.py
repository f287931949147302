"""SQLite databases, looked into and changed in a child that runs as the owner of the file."""
