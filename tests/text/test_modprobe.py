"""Lines of /etc/modprobe.d, and the kernel's own list of modules."""

import pytest

from hardener.host.text import modprobe

MODULES = """\
nf_tables 372736 84 nft_compat,nft_chain_nat, Live 0x0000000000000000
usb_storage 81920 0 - Live 0x0000000000000000
vfat 20480 1 - Live 0x0000000000000000
"""


def test_what_is_loaded() -> None:
    assert modprobe.loaded(MODULES) == [
        ("nf_tables", 84, ("nft_compat", "nft_chain_nat")),
        ("usb_storage", 0, ()),
        ("vfat", 1, ()),
    ]


@pytest.mark.parametrize(
    "text,found",
    [
        ("install usb-storage /bin/x  y\ninstall usb_storage /bin/z\n", (1, "/bin/x  y")),
        ("# install usb_storage /bin/x\nblacklist usb_storage\n\tinstall usb_storage /bin/true \n", (3, "/bin/true")),
        ("install usb_storage2 /bin/x\ninstall\ninstall usb_storage\n", None),
    ],
)  # fmt: skip
def test_the_first_install_counts(text: str, found: object) -> None:
    assert modprobe.install(text, "usb_storage") == found


def test_names_of_a_list() -> None:
    assert modprobe.names("kernel/fs/ext4/ext4.ko\nkernel/drivers/a/b-c.ko.xz\n") == {"ext4", "b_c"}


NEEDS = "insmod /lib/modules/6.1.0/kernel/drivers/cdrom/cdrom.ko \n"
BLOCKED = "install /bin/false \n"


@pytest.mark.parametrize(
    ("said", "loads"),
    [
        (BLOCKED, False),
        (NEEDS + BLOCKED, False),  # as of hfs, which needs the other and is refused after it
        (BLOCKED * 2, False),  # as of firewire-ohci, where firewire-core is kept out too
        ("insmod /lib/modules/6.1.0/kernel/fs/hfs/hfs.ko.xz \n" + BLOCKED, True),
        (BLOCKED + "insmod /lib/modules/6.1.0/kernel/fs/hfs/hfs.ko \n", True),
        (NEEDS, True),
        ("", True),
    ],
)
def test_what_modprobe_would_load(said: str, loads: bool) -> None:
    assert modprobe.loads("hfs", said) is loads
