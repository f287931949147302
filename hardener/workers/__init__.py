"""Hosts reached through workers near them, which an `Executor` hands the connections to.

relay      on a worker: one connection to a host, its bytes passed on
postbox    what carries messages between us and the relays: a cluster's own queues
connector  here: asks for a relay, and makes a channel of what it passes on
dask       a Dask cluster as executor and post office

Everything else is as without workers: plays are rendered, paced, told and judged here. A worker
knows of one host at a time, and only while its channel is open.
"""

from __future__ import annotations

from hardener.connect import Secrets
from hardener.errors import UsageError
from hardener.workers.connector import WorkersConnector

__all__ = ["WorkersConnector", "workers"]


def workers(url: str, secrets: Secrets) -> WorkersConnector:
    """Return what opens channels through the workers of this scheduler; UsageError for another URL."""
    kind, _, address = url.partition("://")
    if kind not in ("dask", "dask+tls") or not address:
        hint = "dask://scheduler:8786; dask+tls://… takes the certificates of Dask's configuration"
        raise UsageError(f"--executor: {url!r} names no scheduler", hint=hint)
    from hardener.workers.dask import DaskCluster

    return WorkersConnector(
        DaskCluster(f"{'tls' if kind == 'dask+tls' else 'tcp'}://{address}"), secrets
    )
