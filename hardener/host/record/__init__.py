"""What a host keeps of runs: journal, bytes, who holds the lock, what is secret."""
