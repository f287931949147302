"""A droplet in a folder, and a tour of what hardener does with it: no root, no host, no trace."""
