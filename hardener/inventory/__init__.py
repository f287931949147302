"""Which hosts there are, in which groups, with which variables and by which way in."""

from hardener.inventory.connection import Connection
from hardener.inventory.model import Group, Host, Inventory
from hardener.inventory.sources import load

__all__ = ["Connection", "Group", "Host", "Inventory", "load"]
