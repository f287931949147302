"""Indexes in a real PostgreSQL: a private cluster of this machine, on a socket of its own."""

import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step

from hardener.host.door.system import System
from hardener.host.postgres import psql, sql
from hardener.host.record.store import Store

TABLE = """
CREATE SCHEMA "Odd Schema";
CREATE TABLE public.trades (id serial PRIMARY KEY, date date, symbol text, status text, price numeric, tags text[]);
CREATE TABLE "Odd Schema"."T a" ("Two words" text, b int);
INSERT INTO public.trades (date, symbol, status) SELECT '2026-01-01'::date + n % 300, 'S' || n % 50, 'open' FROM generate_series(1, 2000) n;
ANALYZE;
"""
INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx%' ORDER BY 1"


class Cluster:
    """A server in a folder; SQL goes in by psql, as its owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = max(glob.glob("/usr/lib/postgresql/*/bin"))

    def run(self, *argv: str, text: str | None = None) -> str:
        become = ["runuser", "-u", "postgres", "--"]
        done = subprocess.run(
            [*become, *argv],
            input=text,
            text=True,
            capture_output=True,
            cwd="/",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        self.run(f"{self.bin}/initdb", "-D", f"{self.folder}/data", "-A", "trust", "-N")
        self.begin()

    def begin(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c port=5499"
        self.run(
            f"{self.bin}/pg_ctl",
            "-D",
            f"{self.folder}/data",
            "-l",
            f"{self.folder}/log",
            "-w",
            "-o",
            options,
            "start",
        )

    def stop(self) -> None:
        self.run(f"{self.bin}/pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def psql(self, database: str = "trading") -> list[str]:
        return [
            "psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.folder),
            "-p",
            "5499",
            "-d",
            database,
        ]

    def sql(self, text: str, database: str = "trading") -> list[str]:
        return self.run(*self.psql(database), text=text).splitlines()

    @contextmanager
    def session(self, text: str) -> Iterator[None]:
        """Keep a session open after these statements."""
        argv = ["runuser", "-u", "postgres", "--", *self.psql()]
        with subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
        ) as process:
            assert process.stdin and process.stdout
            process.stdin.write(text + "\nSELECT 'ready';\n")
            process.stdin.flush()
            while process.stdout.readline() != "ready\n":
                assert process.poll() is None
            yield
            process.stdin.close()
            process.wait(30)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    needs.root()
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        needs.missing("needs a PostgreSQL server; scripts/ci-install installs it")
    needs.program("psql", "runuser")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 107 bytes
    shutil.chown(folder, "postgres", "postgres")
    made = Cluster(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(cluster: Cluster) -> Iterator[Cluster]:
    cluster.sql("CREATE DATABASE trading;", "postgres")
    cluster.sql(TABLE)
    yield cluster
    cluster.sql("DROP DATABASE trading WITH (FORCE);", "postgres")


@pytest.fixture
def host(server: Cluster, tmp_path: Path) -> Sandbox:
    made = Sandbox("/")
    made.store = Store(System("/"), str(tmp_path / "state"))
    return made


def plan(server: Cluster, **more: Any) -> dict[str, Any]:
    reach = {"database": "trading", "host": str(server.folder), "port": 5499}
    return step("indexes", **{"postgres": reach, "table": "trades", **more})


def test_made_once_and_dropped_by_the_rollback(host: Sandbox, server: Cluster) -> None:
    call = plan(server, columns=["date", "symbol", "status"])
    assert host.play(call, dry_run=True) == "pending", host.errors()
    assert "+ CREATE INDEX idx_trades_date ON public.trades USING btree (date);" in host.diff()
    assert any("about 2000 rows" in note for note in host.notes())
    assert server.sql(INDEXES) == []
    assert host.play(call) == "changed", host.errors()
    assert not [event for event in host.events if event["event"] == "diverged"]
    assert server.sql(INDEXES) == ["idx_trades_date", "idx_trades_status", "idx_trades_symbol"]
    assert host.play(call) == "ok", host.diff()
    assert host.rollback() == "rolled back", host.events
    assert server.sql(INDEXES) == []


FORMS = [
    {
        "columns": [{"name": "date", "order": "desc", "nulls": "last"}, "symbol"],
        "include": ["price"],
    },
    {
        "name": "idx_lower",
        "columns": [{"expression": "lower(symbol)", "opclass": "text_pattern_ops"}],
    },
    {"name": "idx_part", "columns": ["date"], "where": "status IN ('open', 'new') AND price > 1"},
    {"name": "idx tags", "columns": ["tags"], "method": "gin"},
    {"name": "idx_brin", "columns": ["date"], "method": "brin"},
    {"name": "idx_C", "columns": [{"name": "symbol", "collate": "C"}, "id"], "unique": True},
    {"name": "idx_us", "columns": [{"name": "symbol", "collate": "pg_catalog.C"}]},
]


@pytest.mark.parametrize("index", FORMS, ids=lambda index: index.get("name", "include"))
@pytest.mark.parametrize("concurrently", [True, False])
def test_every_form_is_recognised_in_the_servers_words(
    host: Sandbox, server: Cluster, index: dict[str, Any], concurrently: bool
) -> None:
    call = plan(server, indexes=[index], concurrently=concurrently)
    assert host.play(call) == "changed", host.errors()
    assert host.play(call) == "ok", host.diff()
    assert host.rollback() == "rolled back", host.events
    assert server.sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'trades'") == ["1"]


def test_names_are_never_pasted_into_sql(host: Sandbox, server: Cluster) -> None:
    names: dict[str, Any] = {
        "table": "Odd Schema.T a",
        "indexes": [{"name": """x"; DROP TABLE trades; --'""", "columns": ["Two words"]}],
    }
    assert host.play(plan(server, **names)) == "changed", host.errors()
    assert server.sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'Odd Schema'") == [
        names["indexes"][0]["name"]
    ]
    assert server.sql("SELECT count(*) FROM trades") == ["2000"]
    assert host.rollback() == "rolled back", host.events


def test_another_definition_is_replaced_and_restored(host: Sandbox, server: Cluster) -> None:
    server.sql(
        "CREATE INDEX idx_trades_date ON trades (symbol text_pattern_ops, (lower(status))) WHERE price > 2"
    )
    text = server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)")
    assert host.play(plan(server, columns=["date"])) == "changed", host.errors()
    assert f"- {text[0]};" in host.diff()
    assert server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)") != text
    assert host.rollback() == "rolled back", host.events
    assert server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)") == text


def test_an_invalid_leftover_is_built_again(host: Sandbox, server: Cluster) -> None:
    server.sql("CREATE INDEX idx_trades_date ON trades (date)")
    server.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_trades_date'::regclass"
    )
    assert host.play(plan(server, columns=["date"])) == "changed", host.errors()
    assert any(line.endswith("-- invalid") for line in host.diff())
    assert server.sql(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_trades_date'::regclass"
    ) == ["t"]
    assert host.rollback() == "rolled back", host.events
    assert server.sql(INDEXES) == []


def test_a_failed_build_is_told_and_tidied_when_that_is_possible(
    host: Sandbox, server: Cluster
) -> None:
    call = plan(server, columns=["date", "symbol"], lock_timeout=1)
    with server.session("BEGIN; UPDATE trades SET price = 3 WHERE id = 1;"):
        assert host.play(call, dry_run=True) == "pending"
        assert any("idle in transaction" in note for note in host.notes())
        assert host.play(call) == "partly rolled back"  # even dropping waits for that session
        assert "lock_timeout" in host.errors() and "is left, not in use" in host.errors()
    assert host.rollback() == "rolled back", host.events
    assert server.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == ["0"]
    assert server.sql(INDEXES) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": "trade"}, "did you mean `public.trades`?"),
        ({"columns": ["symbl"]}, "did you mean `symbol`?"),
        ({"indexes": [{"columns": ["symbol"], "unique": True}]}, "40 rows are equal"),
        (
            {"indexes": [{"columns": ["symbol"], "where": "nosuch = 1"}]},
            'column "nosuch" does not exist',
        ),
        (
            {"indexes": [{"name": "trades_pkey", "columns": ["date"]}]},
            "belongs to the constraint `trades_pkey`",
        ),
        ({"table": "parts"}, "partitioned"),
        (
            {"table": "part", "indexes": [{"name": "part_date_idx", "columns": ["other"]}]},
            "a part of the index `parts_date` of a partitioned table",
        ),
        ({"indexes": [{"name": "i" * 64, "columns": ["date"]}]}, "is too long"),
        ({"indexes": [{"name": "identity", "columns": ["date"]}]}, "the replica identity"),
        ({"indexes": [{"name": "sorted", "columns": ["date"]}]}, "what CLUSTER orders"),
        ({"columns": ["date", "date"]}, "two indexes of this step"),
    ],
)
def test_mistakes_are_found_in_the_preview(
    host: Sandbox, server: Cluster, change: Any, message: str
) -> None:
    server.sql("""
        CREATE TABLE parts (date date, other int) PARTITION BY RANGE (date);
        CREATE TABLE part PARTITION OF parts DEFAULT;
        CREATE INDEX parts_date ON parts (date);
        CREATE UNIQUE INDEX identity ON trades (id);
        ALTER TABLE trades REPLICA IDENTITY USING INDEX identity;
        CREATE INDEX sorted ON trades (symbol);
        ALTER TABLE trades CLUSTER ON sorted;
    """)
    given = {"columns": ["date"], **change}
    assert host.play(plan(server, **given), dry_run=True) == "refused"
    assert message in host.errors()


def role(server: Cluster, grants: str) -> dict[str, Any]:
    """Parameters that connect as a role `app`, which may do what these statements say."""
    server.sql(f"CREATE ROLE app LOGIN; {grants}")
    reach = {"database": "trading", "host": str(server.folder), "port": 5499, "user": "app"}
    return {"postgres": reach, "columns": ["date"]}


@pytest.mark.parametrize(
    ("grants", "message"),
    [
        ("GRANT SELECT ON trades TO app;", "the table belongs to `postgres`"),
        ("ALTER TABLE trades OWNER TO app;", "may not make anything in this schema"),
        ("REVOKE TEMP ON DATABASE trading FROM public;", "GRANT TEMPORARY ON DATABASE"),
    ],
)
def test_what_the_role_may_not_do_is_found_in_the_preview(
    host: Sandbox, server: Cluster, grants: str, message: str
) -> None:
    given = role(server, grants)
    try:
        assert host.play(plan(server, **given), dry_run=True) == "refused"
        assert message in host.errors()
        server.sql("CREATE INDEX idx_trades_date ON trades (date); GRANT SELECT ON trades TO app;")
        server.sql("GRANT TEMP ON DATABASE trading TO app;")
        assert host.play(plan(server, **given)) == "ok", host.errors()
    finally:
        server.sql("REASSIGN OWNED BY app TO postgres; DROP OWNED BY app; DROP ROLE app;")


def test_what_nobody_asked_for_stays_with_an_index(host: Sandbox, server: Cluster) -> None:
    """Storage parameters, tablespace and comment are no difference, and outlive a replacement."""
    about = (
        "SELECT pg_get_indexdef(oid), obj_description(oid) FROM pg_class"
        " WHERE relname = 'idx_trades_date'"
    )
    server.sql("""
        CREATE INDEX idx_trades_date ON trades (date) WITH (fillfactor = 70);
        COMMENT ON INDEX idx_trades_date IS 'it''s the DBA''s';
    """)
    assert host.play(plan(server, columns=["date"])) == "ok", host.diff()
    before = server.sql(about)
    more = [{"name": "idx_trades_date", "columns": ["date", "symbol"]}]
    assert host.play(plan(server, indexes=more)) == "changed", host.errors()
    text = "CREATE INDEX idx_trades_date ON public.trades USING btree (date, symbol) WITH (fillfactor='70')"
    assert server.sql(about) == [text + "|it's the DBA's"]
    server.sql("COMMENT ON INDEX idx_trades_date IS 'said since'")
    assert host.rollback() == "rolled back", host.events
    assert server.sql(about) == [before[0].partition("|")[0] + "|said since"]


def test_the_same_index_of_another_name_is_told(host: Sandbox, server: Cluster) -> None:
    server.sql(
        "CREATE INDEX theirs ON trades (date); CREATE INDEX part ON trades (symbol) WHERE id > 1;"
    )
    call = plan(server, columns=["date", "symbol"])
    assert host.play(call) == "changed", host.errors()
    told = [note for note in host.notes() if "will only cost" in note]
    assert set(told) == {"`idx_trades_date` will only cost: `theirs` is the same index"}
    assert host.play(call) == "ok"
    assert not [note for note in host.notes() if "will only cost" in note]


ALL = "SELECT indexname, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid = indexname::regclass WHERE tablename = 'trades' ORDER BY 1"


def test_the_old_index_serves_until_the_new_one_does(host: Sandbox, server: Cluster) -> None:
    """A build that does not come to its end leaves the old one as it was; what it built is dropped later."""
    server.sql("CREATE INDEX idx_trades_date ON trades (symbol)")
    text = server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)")
    before = server.sql(ALL)
    with server.session("BEGIN; UPDATE trades SET price = 3 WHERE id = 1;"):
        call = plan(server, columns=["date"], lock_timeout=1)
        assert host.play(call) == "partly rolled back"
        assert server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)") == text
        assert "idx_trades_date|t" in server.sql(ALL)
        assert "idx_trades_date_hardener_new|f" in server.sql(ALL)
    assert host.rollback() == "rolled back", host.events
    assert server.sql(ALL) == before


def test_killed_at_any_statement_nothing_is_left(
    host: Sandbox, server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We and our psql die after each statement in turn; the next start knows what they left."""
    server.sql("CREATE INDEX idx_trades_date ON trades (symbol)")
    text = server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)")
    before, whole = server.sql(ALL), sql.put(True).split("\\gexec\n")
    assert len(whole) > 6
    for number in range(1, len(whole)):
        cut = "\\gexec\n".join(whole[:number]) + "\\gexec\n\\! kill -9 $PPID\n"
        if not (child := os.fork()):
            monkeypatch.setattr(sql, "put", lambda concurrently, cut=cut: cut)
            monkeypatch.setattr(psql, "refused", lambda *_: os._exit(9))
            host.play(plan(server, columns=["date"]))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        host._runs = 10 * number
        assert host.play() == "ok", host.events
        assert server.sql(ALL) == before, f"killed after statement {number}"
        assert server.sql("SELECT pg_get_indexdef('idx_trades_date'::regclass)") == text


def test_a_standby_says_where_to_go(host: Sandbox, server: Cluster) -> None:
    with standby(server) as other:
        reach = {"database": "trading", "host": str(other.folder), "port": 5499}
        call = step("indexes", postgres=reach, table="trades", columns=["date"])
        assert host.play(call, dry_run=True) == "refused"
        assert "run the play on its primary" in host.errors()


@contextmanager
def standby(server: Cluster) -> Iterator[Cluster]:
    """A real standby of the cluster."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    shutil.chown(folder, "postgres", "postgres")
    made = Cluster(folder)
    try:
        reach = ["-h", str(server.folder), "-p", "5499"]
        made.run("pg_basebackup", *reach, "-D", f"{folder}/data", "-R", "-c", "fast")
        made.begin()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder)


def test_a_missing_database_is_named_with_the_nearest(host: Sandbox, server: Cluster) -> None:
    reach = {"database": "tradin", "host": str(server.folder), "port": 5499}
    assert (
        host.play(step("indexes", postgres=reach, table="trades", columns=["date"]), dry_run=True)
        == "refused"
    )
    assert "did you mean `trading`?" in host.errors()


def test_a_preview_commits_nothing(host: Sandbox, server: Cluster) -> None:
    count = "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute)"
    before = server.sql(count)
    host.play(plan(server, columns=["date"]), dry_run=True)
    assert server.sql(count) == before
