"""Frames: whatever comes through the pipe is a message, the end, or a ProtocolError."""

import io
import json
import struct
import tracemalloc
from typing import Any

import pytest
from fuzz import DATA, KEYS, fuzz
from hypothesis import given
from hypothesis import strategies as st

from hardener.host.errors import LostFrame, ProtocolError
from hardener.host.wire.frames import DEEPEST, LIMIT, VALUES, Frames, pack, unpack

MESSAGES = st.dictionaries(KEYS, DATA, max_size=5)


def read(stream: bytes) -> list[Any]:
    """Read messages to the end as a host does; a malformed one is its error."""
    frames, found = Frames(io.BytesIO(stream), io.BytesIO()), []
    while True:
        try:
            message = frames.receive()
        except LostFrame as error:
            return [*found, error]
        except ProtocolError as error:
            found.append(error)
            continue
        if message is None:
            return found
        assert isinstance(message, dict)
        found.append(message)


def test_every_message_arrives_as_it_was_sent() -> None:
    @fuzz(200)
    @given(st.lists(MESSAGES, max_size=3))
    def arrives(messages: list[dict[str, Any]]) -> None:
        assert read(b"".join(map(pack, messages))) == messages

    arrives()


def test_whatever_comes_is_a_message_or_an_error(tally: Any) -> None:
    bad = []

    @fuzz(1000)
    @given(st.binary(max_size=60))
    def noise(stream: bytes) -> None:
        bad.extend(each for each in read(stream) if isinstance(each, ProtocolError))

    @fuzz(1000)
    @given(MESSAGES, st.data())
    def damaged(message: dict[str, Any], data: st.DataObject) -> None:
        """One byte is another, some are missing, or some are there twice."""
        frame = pack(message)
        start = data.draw(st.integers(0, len(frame) - 1))
        end = data.draw(st.integers(start, len(frame)))
        put = data.draw(st.sampled_from([b"", frame[start:end] * 2, b"\xff", b"\0", b"[", b'"']))
        bad.extend(
            each
            for each in read(frame[:start] + put + frame[end:])
            if isinstance(each, ProtocolError)
        )

    @fuzz(500)
    @given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode) | DATA.map(as_json))
    def body(data: bytes) -> None:
        try:
            unpack(data)
        except ProtocolError as error:
            bad.append(error)

    noise()
    damaged()
    body()
    tally("malformed frames", tried=len(bad))


def as_json(value: Any) -> bytes:
    return json.dumps(value, default=lambda raw: {"$bytes": raw.hex()}).encode()


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


BODIES = {
    "nothing": b"",
    "no-object": b"[1]",
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "overflow": b'{"a":1e999}',
    "long-number": b'{"a":' + b"9" * 5000 + b"}",
    "deep-lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep-maps": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "just-too-deep": b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "bytes-of-a-number": b'{"$bytes":5}',
    "bytes-of-a-list": b'{"a":{"$bytes":[]}}',
    "bad-base64": b'{"a":{"$bytes":"A"}}',
    "loose-base64": b'{"a":{"$bytes":"QUJD\\n"}}',
    "utf-16": '{"a":1}'.encode("utf-16"),
    "utf-8": '{"a":"ü"}'.encode(),
    "two": b'{"a":1}{"b":2}',
    "half": b'{"a":1',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_malformed_frame_is_an_error_and_the_next_one_is_read(body: bytes) -> None:
    error, good = read(frame(body) + pack({"good": 1}))
    assert type(error) is ProtocolError
    assert len(error.why) <= 200
    assert good == {"good": 1}


TRUNCATED = {
    "length": b"\0\0",
    "body": b"\0\0\0\7{}",
    "oversized": struct.pack(">I", LIMIT + 1) + b"{}" + pack({"good": 1}),
    "text": b"Last login: today\n" + pack({"good": 1}),
}


@pytest.mark.parametrize("stream", TRUNCATED.values(), ids=TRUNCATED)
def test_nothing_is_read_behind_a_frame_that_has_no_end(stream: bytes) -> None:
    (error,) = read(stream)
    assert isinstance(error, LostFrame)


def test_an_announced_length_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        for _ in range(50):
            read(struct.pack(">I", LIMIT) + b"{")
        assert tracemalloc.get_traced_memory()[1] < 2 * LIMIT
    finally:
        tracemalloc.stop()


BOMBS = {
    "lists": b'{"a":[' + b"[]," * (2 * VALUES) + b"[]]}",
    "maps": b'{"a":[' + b"{}," * (2 * VALUES) + b"{}]}",
    "numbers": b'{"a":[' + b"1," * (2 * VALUES) + b"1]}",
    "texts": b'{"a":[' + b'"x",' * (2 * VALUES) + b'"x"]}',
    "keys": b"{" + b'"x":1,' * (2 * VALUES) + b'"x":1}',
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_short_frame_of_very_many_values_is_refused_before_it_is_read(body: bytes) -> None:
    """JSON of empty lists takes thirty times its length; refusing costs no more than some copies."""
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="not JSON as we speak it") as caught:
            unpack(body)
        assert "values" in caught.value.why
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_text_may_hold_any_number_of_signs() -> None:
    text = {"a": ',[{"\\' * VALUES}
    assert unpack(pack(text)[4:]) == text


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), {1, 2}, object(), {"$bytes": "QUJD"}, {(1, 2): 3}],
    ids=["nan", "infinite", "set", "object", "what-stands-for-bytes", "tuple-as-key"],
)
def test_what_would_not_arrive_is_not_sent(value: Any) -> None:
    with pytest.raises(ProtocolError, match="can't be sent"):
        pack({"a": value})


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="over the limit"):
        pack({"a": "x" * LIMIT})


def test_an_error_does_not_repeat_what_could_not_be_sent() -> None:
    with pytest.raises(ProtocolError) as caught:
        pack({"password": {"hunter2"}})
    assert "hunter2" not in f"{caught.value} {caught.value.why}"
