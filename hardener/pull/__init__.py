"""A host that takes its playbooks from a git repository: fetched, verified, laid out, applied here."""
