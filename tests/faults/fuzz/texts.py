"""Bytes as files have them, and as nobody expects them."""

from hypothesis import strategies as st

ENDS = [b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\n\n", b"\n ", b"\n\t", b"\\\n", b""]
BLANKS = [b" ", b"  ", b"\t", b"", b"\x0c", b"\x0b", "\u00a0\u2028\x85".encode(), b"\x85"]
SIGNS = [b"=", b" = ", b":", b";", b" ;", b"#", b" # ", b"!", b"\\", b'"', b"'", b"/", b"*", b"-"]
WORDS = [
    *(b"a", b"B", b"k", b"long name", b"k-1", b"k_1", b"x;y", b"[s]", b"[t] ; n", b'[u "v"]', b"[DEFAULT]"),
    *(b"a = 1", b"k = 2", b"a=1 ; n", b"a", b"B: x", b"  more", b"\tmore = 1", b"[s", b"]", b"1"),
    *(b"# BEGIN hardener x", b"# END hardener x", b"// BEGIN hardener y-1", b"// END hardener y-1"),
    *(b"*.log", b"!*.log", b"/a", b"b/", b"\\#x", b"# --- A (hardener) ---", b"a\\ "),
    *(b"/dev/a /mnt ext4 ro 0 2", b"UUID=1\t/\text4\tdefaults\t0 1 # n", b"/sw\\040ap none swap sw"),
    *(b"UsePAM yes", b"  match User x", b"Match all", b"port=22 # n", b'AllowUsers "a b" c', b"#Banner none"),
    *(b"a.b = 1", b"-net/x.y/z = 2", b"k=1", b"\xff", b"\xc3\xa9", b"\xc3", b"\xed\xb3\xbf", b"%(a)s"),
]  # fmt: skip
BROKEN = [b"\0", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]

PIECES = st.sampled_from([*WORDS, *WORDS, *ENDS, *ENDS, *SIGNS, *BLANKS])
LINES = st.tuples(
    st.sampled_from(BLANKS), st.sampled_from(WORDS), st.sampled_from(ENDS)
).map(b"".join)  # fmt: skip
STARTS = st.sampled_from(
    [b"", b"[s]\n", b"[s]\r\n", b"[s]\nk = 1\n", b"\xef\xbb\xbf[s]\n", b"\xef\xbb\xbf"]
)
FILES = st.tuples(STARTS, st.lists(LINES | LINES | PIECES, max_size=12).map(b"".join)).map(b"".join)
NOISE = st.lists(PIECES | st.sampled_from(BROKEN) | st.binary(max_size=3), max_size=25).map(
    b"".join
)
BYTES = FILES | NOISE | st.binary(max_size=120)


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
