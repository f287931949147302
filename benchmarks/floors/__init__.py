"""What is run on a host by the floor: bare scripts, each alone, in the order of what it does."""
