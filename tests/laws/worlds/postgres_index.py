"""Indexes of a real PostgreSQL, in a cluster of our own."""

import atexit
import glob
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import needs
from host.test_postgres_index import Cluster
from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.kinds.postgres_index import ABSENT, Index, resource
from hardener.host.postgres.server import Server
from hardener.host.resource import Want

COLUMNS = {"by_date": "date", "by both": "date, symbol DESC", SECRET: "symbol"}
LIST = "SELECT indexname || '=' || indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
TABLE = """
DROP TABLE IF EXISTS trades;
CREATE TABLE trades (id int PRIMARY KEY, date date, symbol text);
INSERT INTO trades SELECT n, '2026-01-01'::date + n, 'S' || n FROM generate_series(1, 50) n;
CREATE INDEX own ON trades (symbol);
"""


@cache
def cluster() -> Cluster:
    needs.root()
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        needs.missing("needs a PostgreSQL server; scripts/ci-install installs it")
    needs.program("psql", "runuser")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 107 bytes
    shutil.chown(folder, "postgres", "postgres")
    made = Cluster(folder)
    made.start()
    atexit.register(shutil.rmtree, folder)  # the last one registered is the first that is called
    atexit.register(made.stop)
    made.sql("CREATE DATABASE laws;", "postgres")
    return made


def definition(name: str) -> str:
    quoted = name if name.replace("_", "").isalnum() else f'"{name}"'
    return f"CREATE INDEX {quoted} ON public.trades USING btree ({COLUMNS[name]})"


def sql(text: str) -> Any:
    return lambda world: cluster().sql(text, "laws")


class PostgresWorld(World):
    """A wish is (name, shall it be there?)."""

    kind = "postgres_index"
    live = True
    first = st.sampled_from([[("by both", True)], []])
    wishes = st.sampled_from([
        [("by_date", True), ("by both", False)], [(SECRET, True)], [("by_date", False), ("by both", True)],
    ])  # fmt: skip
    meddling = st.sampled_from([
        Meddling([("by_date", True)], sql("CREATE INDEX theirs ON trades (id, date);"), related=False),
        Meddling([("by_date", True)], sql("DROP INDEX by_date; CREATE INDEX by_date ON trades (id);"), related=True),
    ])  # fmt: skip
    without = {9: "its name and text are what the id and the server show to all"}
    examples = 1  # a thorough run has twenty

    def lay(self) -> None:
        cluster().sql(TABLE, "laws")

    def want(self, wish: Any, view: Any) -> Want:
        name, there = wish
        server = Server.of({"database": "laws", "host": str(cluster().folder), "port": 5499})
        state = Index(definition(name), True, "") if there else ABSENT
        return Want(resource(server, "public", name), state)

    def look(self) -> dict[str, Any]:
        return dict(row.split("=", 1) for row in cluster().sql(LIST, "laws"))

    def asked(self, key: str, wishes: Any) -> bool:
        return key in [name for name, _ in wishes]


WORLD = PostgresWorld
