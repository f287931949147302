"""The signature of a swap area, as mkswap(8) writes it (union swap_header in linux/swap.h)."""

import os
import struct
import uuid as uuids

from hardener.host.typed import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
SMALLEST = 10 * PAGE  # MIN_GOODPAGES of mkswap
LABEL = 15  # bytes, and a zero behind them
MAGIC = b"SWAPSPACE2"
FIXED = struct.Struct("=1024xIII16s16s")  # boot bits, version, last page, bad pages, uuid, label


class Header(NamedTuple):
    """What a signature says; `pages` counts the first page too."""

    pages: int
    uuid: str
    label: str


def parse(page):
    """Return the Header of a first page, or None where it has no signature of version 1."""
    if len(page) < PAGE or page[PAGE - len(MAGIC) : PAGE] != MAGIC:
        return None
    version, last, _, uuid, label = FIXED.unpack_from(page)
    if version != 1:
        return None
    label = label.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    return Header(last + 1, str(uuids.UUID(bytes=uuid)), label)


def first_page(header):
    """Return the first page of a swap area."""
    uuid, label = uuids.UUID(header.uuid).bytes, header.label.encode("utf-8", "surrogateescape")
    page = bytearray(PAGE)
    page[: FIXED.size] = FIXED.pack(1, header.pages - 1, 0, uuid, label)
    page[-len(MAGIC) :] = MAGIC
    return bytes(page)
