"""The lenses: one file a kind of resource; a kind named `x` is `KIND` in kinds/x.py."""

import importlib

from hardener.host.record.secrecy import Secrecy


class Kinds:
    """All kinds of one host, loaded when first asked for."""

    def __init__(self, system, store):
        self.system = system
        self.store = store
        self.secrecy = Secrecy(store)
        self._loaded = {}

    def __getitem__(self, name):
        if name not in self._loaded:
            module = importlib.import_module("hardener.host.kinds." + name)
            self._loaded[name] = module.KIND(self.system, self.store)
        return self._loaded[name]

    def of(self, resource):
        return self[resource.kind]
