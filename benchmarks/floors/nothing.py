"""What any exec on a host costs: a Python that does nothing."""
