"""`ipaddr` and its family, for the questions that are asked every day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network
from typing import Any

from jinja2.exceptions import FilterArgumentError

Interface = IPv4Interface | IPv6Interface


def ipaddr(value: Any, query: str | int = "", version: int | None = None) -> Any:
    """Ask something of an address or network: False where it is none; of a list, those that fit."""
    if isinstance(value, (list, tuple)):
        found = [ipaddr(each, query, version) for each in value]
        return [each for each in found if each not in (False, None)]
    try:
        address = ip_interface(value)
    except (ValueError, TypeError):
        return False
    if version not in (None, address.version):
        return False
    return _asked(address, "/" in str(value), value, query)


def ipv4(value: Any, query: str | int = "") -> Any:
    """The same for IPv4 alone."""
    return ipaddr(value, query, 4)


def ipv6(value: Any, query: str | int = "") -> Any:
    """The same for IPv6 alone."""
    return ipaddr(value, query, 6)


def ipwrap(value: Any, query: str | int = "") -> Any:
    """Put an IPv6 address into brackets; what is no address stays as it is."""
    if isinstance(value, (list, tuple)):
        return [ipwrap(each, query) for each in value]
    found = ipaddr(value, query)
    return ipaddr(found, "wrap") if found else value


def ipsubnet(value: Any, query: int | str = "", index: int | None = None) -> Any:
    """Cut a network into those of a prefix length: how many, or the one of a number."""
    try:
        network = ip_network(value, strict=False)
    except (ValueError, TypeError):
        return False
    if query == "":
        return str(network)
    count = 2 ** (int(query) - network.prefixlen)
    if index is None:
        return str(count)
    size = 2 ** (network.max_prefixlen - int(query))
    at = int(network.network_address) + (index % count) * size
    return f"{type(network.network_address)(at)}/{query}"


def nthhost(value: Any, query: int) -> Any:
    """Return an address of a network by its number, from 0; negative ones count from the end."""
    try:
        return str(ip_network(value, strict=False)[int(query)])
    except (ValueError, IndexError):
        return False


def reduce_on_network(value: Iterable[Any], network: str) -> list[Any]:
    """Keep the addresses that are in a network."""
    return [each for each in value if ipaddr(each, network)]


def in_network(value: Any, network: str) -> bool:
    """Is an address in a network?"""
    return bool(ipaddr(value, network))


def _asked(address: Interface, with_prefix: bool, value: Any, query: str | int) -> Any:
    """Answer a question, by its word, a number of a host, or a network."""
    if isinstance(query, int) or query.lstrip("-").isdigit():
        network = address.network
        return f"{nthhost(str(network), int(query))}/{network.prefixlen}"
    if query in QUERIES:
        return QUERIES[query](address, with_prefix, value)
    try:
        inside = ip_network(query, strict=False)
    except ValueError:
        known = ", ".join(each for each in QUERIES if each)
        raise FilterArgumentError(f"ipaddr knows {known}; found {query!r}") from None
    return value if _inside(address, inside) else False


def _inside(address: Interface, network: Any) -> bool:
    return address.version == network.version and address.network.subnet_of(network)


def _is_host(address: Interface) -> bool:
    """Has it bits of a host, or no others than those?"""
    return address.network.num_addresses == 1 or address.ip != address.network.network_address


def _usable(address: Interface, which: int) -> str | None:
    network = address.network
    if network.num_addresses < 4:
        return str(network[which]) if network.num_addresses == 2 else None
    return str(network[1 if which == 0 else -2])


Answer = Callable[[Any, bool, Any], Any]


def _if(holds: Callable[[Any], bool]) -> Answer:
    return lambda address, _, value: value if holds(address) else False


QUERIES: Mapping[str, Answer] = {
    "": lambda _, __, value: value,
    "address": lambda a, _, __: str(a.ip) if _is_host(a) else None,
    "host": lambda a, prefix, value: (
        (str(a) if prefix else f"{a.ip}/{a.network.prefixlen}") if _is_host(a) else None
    ),
    "net": lambda a, prefix, _: str(a.network) if prefix and not _is_host(a) else False,
    "network": lambda a, _, __: str(a.network.network_address),
    "subnet": lambda a, _, __: str(a.network),
    "network/prefix": lambda a, _, __: str(a.network),
    "netmask": lambda a, _, __: str(a.network.netmask),
    "hostmask": lambda a, _, __: str(a.network.hostmask),
    "prefix": lambda a, _, __: a.network.prefixlen,
    "broadcast": lambda a, _, __: (
        str(a.network.broadcast_address) if a.network.num_addresses > 2 else None
    ),
    "size": lambda a, _, __: a.network.num_addresses,
    "first_usable": lambda a, _, __: _usable(a, 0),
    "last_usable": lambda a, _, __: _usable(a, -1),
    "range_usable": lambda a, _, __: f"{_usable(a, 0)}-{_usable(a, -1)}",
    "int": lambda a, prefix, _: f"{int(a.ip)}/{a.network.prefixlen}" if prefix else int(a.ip),
    "version": lambda a, _, __: a.version,
    "type": lambda a, _, __: "address" if _is_host(a) else "network",
    "bool": lambda _, __, ___: True,
    "revdns": lambda a, _, __: a.ip.reverse_pointer + ".",
    "wrap": lambda a, prefix, _: (
        f"[{a.ip}]{f'/{a.network.prefixlen}' if prefix else ''}"
        if a.version == 6
        else str(a if prefix else a.ip)
    ),
    "private": _if(lambda a: a.ip.is_private and not a.ip.is_loopback and not a.ip.is_link_local),
    "public": _if(lambda a: a.ip.is_global),
    "loopback": _if(lambda a: a.ip.is_loopback),
    "link-local": _if(lambda a: a.ip.is_link_local),
    "multicast": _if(lambda a: a.ip.is_multicast),
    "unicast": _if(lambda a: not a.ip.is_multicast),
    "ipv4": _if(lambda a: a.version == 4),
    "ipv6": _if(lambda a: a.version == 6),
}
