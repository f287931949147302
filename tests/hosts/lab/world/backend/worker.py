"""Stands for a trading program: logs, counts trades, writes its state, has children."""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"

parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("--children", type=int, default=0)
parser.add_argument("--every", type=float, default=1)
parser.add_argument("--data", help="a JSON file to keep up to date")
options = parser.parse_args()

for _ in range(options.children):
    subprocess.Popen(["sleep", "infinity"])

turn = 0
while True:
    turn += 1
    uri = "file:%s?mode=ro" % (DATA / "trade_history" / "trades.db")
    with closing(sqlite3.connect(uri, uri=True)) as trades:
        (count,) = trades.execute("SELECT count(*) FROM trades WHERE status = 'open'").fetchone()
    print(time.strftime("%Y-%m-%d %H:%M:%S"), options.name, "turn", turn, "open trades", count)
    sys.stdout.flush()
    if options.data:
        part = DATA / (options.data + ".part")
        part.write_text(json.dumps({"turn": turn, "open": count, "pid": os.getpid()}) + "\n")
        part.replace(DATA / options.data)
    time.sleep(options.every)
