"""fstab by example and by law; libmount (findmnt) is the oracle."""

import re
import shutil
import subprocess
import tempfile

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text.fstab import Entry, Fstab

DEBIAN = """\
# /etc/fstab: static file system information.
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
UUID=0a1b       /               ext4    errors=remount-ro 0       1
UUID=2c3d       /boot           ext4    defaults        0       2
/swapfile       none            swap    sw              0       0
/swap\\0402      none            swap    sw              0       0 # second
"""


def test_reads_fields_with_their_escapes():
    entry = Entry("/swap 2", "none", "swap", ("sw",), 0, 0)
    assert Fstab.parse(DEBIAN).find(vfstype="swap", spec="/swap 2") == [(6, entry)]


def test_two_swap_files_are_two_entries():
    fstab = Fstab.parse(DEBIAN)
    assert fstab.duplicates() == []
    assert fstab.set(Entry("/swapfile", "none", "swap", ("sw",))) is fstab
    added = fstab.set(Entry("/swap3", "none", "swap", ("sw", "pri=1")))
    assert (
        str(added) == DEBIAN + "/swap3          none            swap    sw,pri=1        0       0\n"
    )


def test_options_change_in_place_and_columns_stay():
    fstab = Fstab.parse(DEBIAN)
    boot = fstab.find(file="/boot")[0][1]
    changed = str(fstab.set(boot._replace(options=("nodev", "ro"))))
    assert changed == DEBIAN.replace("defaults        0", "nodev,ro        0")
    longer = str(fstab.set(boot._replace(options=("defaults", "nodev", "nosuid"))))
    assert longer == DEBIAN.replace("defaults        0       2", "defaults,nodev,nosuid 0 2")


def test_a_note_at_the_end_and_tabs_stay():
    text = "/dev/a\t\t/mnt\text4\tro\t0\t0\t# note\r\n"
    entry = Entry("/dev/a", "/mnt", "ext4", ("rw", "noatime"))
    assert str(Fstab.parse(text).set(entry)) == text.replace("\tro\t", "\trw,noatime\t")


def test_defaults_that_are_not_written_are_not_added():
    fstab = Fstab.parse("/dev/a /mnt ext4 ro")
    assert fstab.set(Entry("/dev/a", "/mnt/", "ext4", ("ro",), 0, 0)).entries[0][1].file == "/mnt/"
    assert str(fstab.set(Entry("/dev/b", "/mnt", "ext4", ("ro",)))) == "/dev/b /mnt ext4 ro"
    assert (
        str(fstab.set(Entry("/dev/a", "/mnt", "ext4", ("ro",), 0, 2))) == "/dev/a /mnt ext4 ro 0 2"
    )


def test_a_file_without_a_final_newline_gets_one():
    assert str(Fstab.parse("#x").add(Entry("a", "/a", "ext4"))) == "#x\na /a ext4 defaults 0 0\n"


def test_finds_the_second_mount_of_a_place_and_broken_lines():
    fstab = Fstab.parse("a /m ext4 ro\nb /m/ ext4 ro\nc /c\nd /d ext4 ro # x\n")
    assert [(at, first) for at, first, _ in fstab.duplicates()] == [(2, 1)]
    assert fstab.problems() == [(3, "c /c"), (4, "d /d ext4 ro # x")]
    assert str(fstab.remove(1)).startswith("b /m/")


def test_an_empty_field_is_refused():
    with pytest.raises(Refused):
        Fstab.parse("").add(Entry("", "/m", "ext4"))


FIELD = st.sampled_from(
    ["/a", "none", "swap", "ext4", "#x", "0", "1", "-2", "a\\040b", "\\134", "é", "ro,x", "\x0b"]
)
GAP = st.sampled_from([" ", "  ", "\t", "\t\t"])
LINES = st.lists(st.lists(st.tuples(FIELD, GAP).map("".join), max_size=7).map("".join), max_size=5)
FILES = st.tuples(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda t: t[1].join(t[0]) + t[1] * t[2]
)
WORDS = st.text(st.sampled_from("ab/ \t\\#é\udcff0"), min_size=1, max_size=4)
ENTRIES = st.builds(
    Entry, WORDS, WORDS, st.sampled_from(["ext4", "swap"]),
    st.lists(st.sampled_from(["ro", "x=a b"]), min_size=1, max_size=2).map(tuple), st.integers(0, 1), st.integers(0, 2),
)  # fmt: skip


@given(FILES | st.text())
def test_what_was_read_prints_the_same(text):
    assert str(Fstab.parse(text)) == text


@given(FILES, ENTRIES)
@example("", Entry("#a", "b c", "ext4"))
def test_set_makes_it_so_and_touches_no_other_line(text, entry):
    old = Fstab.parse(text)
    new = old.set(entry)
    assert new.set(entry) is new
    assert entry in [found for _, found in new.entries]
    kept = [line.rstrip("\r\n") for line in new.lines]
    hit = [at for at, found in old.entries if found.identity() == entry.identity()][:1]
    others = [line.rstrip("\r\n") for at, line in enumerate(old.lines, 1) if at not in hit]
    rest = iter(kept)
    assert all(line in rest for line in others)
    assert len(kept) == len(others) + 1


def findmnt(text):
    """(source, target, type, options, dump, pass) as libmount reads them."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        command = [
            "findmnt",
            "-F",
            file.name,
            "--raw",
            "-n",
            "-o",
            "SOURCE,TARGET,FSTYPE,OPTIONS,FREQ,PASSNO",
        ]
        done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        lines = done.communicate()[0].decode().splitlines()
    return [line.split(" ") for line in lines]


PLAIN = st.sampled_from(["/a", "none", "ext4", "0", "1", "a\\040b", "ro,x", "#x", "word"])
PLAIN_FILES = st.lists(
    st.lists(st.tuples(PLAIN, GAP).map("".join), max_size=7).map("".join), max_size=4
).map("\n".join)


@settings(max_examples=150)
@given(PLAIN_FILES)
def test_entries_are_libmount_s(text):
    assert shutil.which("findmnt"), "findmnt (util-linux) is the oracle of this test"
    ours = Fstab.parse(text + "\n").entries
    theirs = findmnt(text + "\n")
    assume(
        not re.search(r"^[0-9]+\s+[0-9]+\s", text, re.MULTILINE)
    )  # findmnt takes it for a mountinfo
    assume(len({e.file for _, e in ours}) == len(ours))  # findmnt joins equal targets
    assert sorted((str(e.dump), str(e.passno)) for _, e in ours) == sorted(
        tuple(row[-2:]) for row in theirs
    )
    assert sorted(e.vfstype for _, e in ours) == sorted(
        row[2].replace("\\x20", " ") for row in theirs
    )
