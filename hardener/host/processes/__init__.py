"""What steps, kinds and checks know of processes: which are meant, and what a play may do to them."""
