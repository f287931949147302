"""The conversation with the controller: what starts first, messages, and the loop that answers them."""
