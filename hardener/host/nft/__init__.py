"""The packet filter of the step `firewall`: one table of its own, in the words of nft(8)."""

TABLE = "inet hardener"
