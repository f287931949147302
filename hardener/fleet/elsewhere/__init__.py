"""Steps that another host does: `delegate_to`, `run_once`, and the rescue of a host that was lost."""
