"""Our XML-RPC against Python's: each understands what the other says; what is none is refused."""

import xmlrpc.client
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.host.supervisor import xml_rpc

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
PLAIN = TEXT | st.booleans() | st.integers(-(2**31), 2**31 - 1)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=3))
def test_python_reads_what_we_ask(arguments: "list[Any]") -> None:
    asked = xml_rpc.request("supervisor.getPID", arguments)
    assert xmlrpc.client.loads(asked) == (tuple(arguments), "supervisor.getPID")


@given(VALUES | st.floats(allow_nan=False, allow_infinity=False))
def test_we_read_what_python_answers(value: Any) -> None:
    said = xmlrpc.client.dumps((value,), methodresponse=True).encode()
    assert xml_rpc.answer(said) == value


def test_a_text_needs_no_type() -> None:
    assert xml_rpc.answer(answered("plain")) == "plain"
    assert xml_rpc.answer(answered("")) == ""


def test_a_fault() -> None:
    said = xmlrpc.client.dumps(xmlrpc.client.Fault(10, "BAD_NAME: <x>")).encode()
    with pytest.raises(xml_rpc.Fault, match="BAD_NAME: <x>"):
        xml_rpc.answer(said)


@pytest.mark.parametrize(
    "value",
    [
        "<int>" + "9" * 5_000_000 + "</int>",
        "<int></int>",
        "<boolean>2</boolean>",
        "<int>1</int><int>2</int>",
        "<array><data><value>" * 500_000,
        "<array><data><value>" * 40 + "</value></data></array>" * 40,
        "\n" * 5_000_000 + "<other/>",
        "<struct><member><name>a</name></member></struct><struct/>",
        "<fault><value>no struct</value></fault>",
        "&later;",
    ],
    ids=range(10),
)
def test_what_is_none(value: str) -> None:
    with pytest.raises(ValueError):
        xml_rpc.answer(answered(value))


def test_a_document_type_is_none() -> None:
    with pytest.raises(ValueError, match="document type"):
        xml_rpc.answer(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + answered("<int>1</int>"))


def answered(value: str) -> bytes:
    param = f"<params><param><value>{value}</value></param></params>"
    return f"<methodResponse>{param}</methodResponse>".encode()
