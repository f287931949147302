"""cron: where its tables lie, and what it makes of them."""
