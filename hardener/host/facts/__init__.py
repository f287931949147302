"""What is known of a host before anything is planned: one file a topic, each with `gather(system)`."""

import importlib

TOPICS = ("os", "memory", "cpu", "network", "system", "packages")


def gather(system):
    """Return {topic: facts}."""
    return {t: importlib.import_module("hardener.host.facts." + t).gather(system) for t in TOPICS}
