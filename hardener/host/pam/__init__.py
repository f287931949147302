"""What steps know of PAM on Debian: the profiles of pam-auth-update(8), and the stacks made of them."""
