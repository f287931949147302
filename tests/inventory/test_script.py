"""Inventory programs that hang, print without end, ask, or tell variables host by host."""

import json
import os
import time
from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.inventory import load, script
from hardener.inventory.show import as_list


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text):
        path = tmp_path / "cloud"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return "cloud"

    return write


def problem(source):
    with pytest.raises(PlaybookError) as error:
        load([source])
    (only,) = error.value.problems
    return only.what


def test_one_that_hangs_is_ended_with_all_that_it_started(program, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "PATIENCE", 1.0)
    begun = time.monotonic()
    source = program("sleep 300 & echo $! > child; sleep 300")
    assert problem(source) == "cloud --list: it has not ended after 1 seconds"
    assert time.monotonic() - begun < 20
    stat = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    while stat.exists() and stat.read_text().split()[2] != "Z":
        time.sleep(0.01)


def test_one_that_prints_without_end_is_ended(program):
    assert problem(program("yes")) == f"cloud --list: it printed more than {script.MOST} bytes"


def test_one_that_asks_gets_no_answer(program):
    text = 'read answer || { echo "no terminal" >&2; exit 1; }'
    reader, writer = os.pipe()
    before = os.dup(0)
    os.dup2(reader, 0)  # a standard input that says nothing, and does not end
    try:
        assert problem(program(text)) == "cloud --list ended with 1: no terminal"
    finally:
        os.dup2(before, 0)
        for each in (before, reader, writer):
            os.close(each)


def test_what_it_says_besides_is_no_error(program):
    answer = json.dumps({"web": {"hosts": ["w1"]}, "_meta": {"hostvars": {"w1": {"a": 1}}}})
    inventory = load([program(f"echo loading >&2; echo; echo '{answer}'; echo")])
    assert as_list(inventory)["_meta"] == {"hostvars": {"w1": {"a": 1}}}


def test_without_meta_each_host_is_asked_for(program):
    text = """case $1 in
        --list) echo '{"web": ["w1", "w2"], "_meta": null}';;
        --host) echo "{\\"me\\": \\"$2\\"}";;
    esac"""
    found = as_list(load([program(text)]))["_meta"]["hostvars"]
    assert found == {"w1": {"me": "w1"}, "w2": {"me": "w2"}}


def test_a_host_that_cannot_be_asked_for_is_named(program):
    text = """[ "$1" = --list ] && echo '{"web": ["w1"]}' || { echo "no such host" >&2; exit 2; }"""
    assert problem(program(text)) == "cloud --host w1 ended with 2: no such host"


def test_deep_json_is_an_error(program, tmp_path):
    (tmp_path / "deep.json").write_text('{"a":' * 150 + "1" + "}" * 150)
    assert problem("deep.json") == "nested deeper than 100 levels"
    (tmp_path / "deeper.json").write_text('{"a":' * 100_000)
    assert problem("deeper.json") == "nested deeper than 100 levels"
    assert problem(program("cat deep.json")) == (
        "cloud --list printed what is nested deeper than 100 levels"
    )
