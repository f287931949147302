"""What the step `sshd` knows of sshd: its keywords, the order of its files, what it says of them."""
