"""PostgreSQL databases, asked and changed by psql on the host."""
