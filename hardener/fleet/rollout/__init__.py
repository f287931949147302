"""Who is begun when, who waits for whom, and what becomes of all when one fails."""
