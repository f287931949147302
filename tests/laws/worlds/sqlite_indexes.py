"""Indexes of a real SQLite database that belongs to another user."""

import os
import sqlite3
from contextlib import closing
from typing import Any

from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.kinds.sqlite_indexes import SqliteIndexes, of
from hardener.host.resource import Want

DB = "/srv/data/trades.db"
STATEMENTS = {
    "by_date": 'CREATE INDEX "by_date" ON "trades" ("date")',
    "by_both": 'CREATE INDEX "by_both" ON "trades" ("date", "symbol" DESC)',
    "part": 'CREATE INDEX "part" ON "trades" ("symbol") WHERE price > 1',
    "made": "CREATE INDEX made ON trades (price)",
    SECRET: f'CREATE INDEX "{SECRET}" ON "trades" ("price", "date")',
}


def run(*statements: str) -> Any:
    def work(world: Any) -> None:
        with closing(sqlite3.connect(world.path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return work


class SqliteWorld(World):
    """A wish is {name: shall it be there?}."""

    kind = "sqlite_indexes"
    files = {"/srv/data": {"directory": True, "owner": 1000}, "/srv/other": "untouched\n"}
    wishes = st.dictionaries(st.sampled_from(sorted(STATEMENTS)), st.booleans(), min_size=1).map(
        lambda d: [d]
    )
    secret = [{SECRET: True}]
    meddling = st.sampled_from([
        Meddling([{"by_date": True}], run("CREATE INDEX theirs ON trades (symbol)"), related=False),
        Meddling([{"by_date": True, "made": False}], run("INSERT INTO trades VALUES (99, 'd', 's', 9)"), related=False),
        Meddling([{"part": True}], run("DROP INDEX part", "CREATE INDEX part ON trades (symbol)"), related=True),
    ])  # fmt: skip
    examples = 6

    @property
    def path(self) -> str:
        return str(self.root) + DB

    def lay(self) -> None:
        super().lay()
        rows = [(n, f"2026-01-{n % 28:02}", f"S{n % 7}", n / 2) for n in range(60)]
        with closing(sqlite3.connect(self.path)) as db:
            db.execute(
                "CREATE TABLE trades (id INTEGER PRIMARY KEY, date TEXT, symbol TEXT, price REAL)"
            )
            db.execute(STATEMENTS["made"])
            db.executemany("INSERT INTO trades VALUES (?, ?, ?, ?)", rows)
            db.commit()
        os.chown(self.path, 1000, 1000)

    def want(self, wish: Any, view: Any) -> Want:
        resource = SqliteIndexes(DB)
        found = view.read(resource).by_name()
        for name, there in wish.items():
            found.pop(name, None)
            if there:
                found[name] = (name, "trades", STATEMENTS[name])
        return Want(resource, of(found))

    def asked(self, key: str, wishes: Any) -> bool:
        return key == DB[1:]

    def after_death(self) -> dict[str, Any]:
        """Another program writes the file: where it is killed the bytes may be its own."""
        return self.meaning()

    def meaning(self) -> dict[str, Any]:
        with closing(sqlite3.connect(self.path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return {
                "schema": sorted(db.execute("SELECT name, sql FROM sqlite_master").fetchall()),
                "rows": db.execute("SELECT * FROM trades ORDER BY id").fetchall(),
            }


WORLD = SqliteWorld
