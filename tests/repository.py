"""A small repository of packages, made with dpkg-deb inside a booted host."""

from typing import Any

from inside import Inside

REPOSITORY = "/root/repository"
BUILD = """
set -eu
deb() { # name version depends [recommends]
    folder=/root/build/$1-$2; rm -rf "$folder"; mkdir -p "$folder/DEBIAN" "$folder/usr/share/$1" "$folder/etc/$1"
    echo "$1 $2" > "$folder/usr/share/$1/version"
    if [ "$1" = app ]; then
        echo "version=$2" > "$folder/etc/app/app.conf"; echo /etc/app/app.conf > "$folder/DEBIAN/conffiles"
        mkdir -p "$folder/usr/lib/systemd/system"
        printf '[Service]\\nExecStart=/bin/sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n' \
            > "$folder/usr/lib/systemd/system/app.service"
        printf '#!/bin/sh\\nid appuser >/dev/null 2>&1 || useradd -r appuser\\n' > "$folder/DEBIAN/postinst"
        chmod 755 "$folder/DEBIAN/postinst"
    else rmdir "$folder/etc/$1" "$folder/etc"; fi
    if [ "$1" = checker ]; then
        mkdir -p "$folder/usr/bin" "$folder/srv/checker"
        printf '#!/bin/sh\nexec grep -q "$1" "$2"\n' > "$folder/usr/bin/checker"; chmod 755 "$folder/usr/bin/checker"
    fi
    printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' "$1" "$2" \
        > "$folder/DEBIAN/control"
    [ -z "${3:-}" ] || echo "Depends: $3" >> "$folder/DEBIAN/control"
    [ -z "${4:-}" ] || echo "Recommends: $4" >> "$folder/DEBIAN/control"
    dpkg-deb -b "$folder" /root/repository >/dev/null
}
index() {
    cd /root/repository; : > Packages
    for file in *.deb; do
        [ -e "$file" ] || continue
        dpkg-deb -f "$file" >> Packages
        printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" \
            "$(sha256sum "$file" | cut -d' ' -f1)" >> Packages
    done
}
mkdir -p /root/repository /root/build
"""
OURS = (
    "var/lib/hardener",
    "var/log",
    "var/cache",
    "var/lib/apt",
    "var/lib/dpkg",
    "run",
    "tmp",
    "root/repository",
    "root/build",
    "var/lib/systemd",
    "etc/ld.so.cache",
)


def build(host: Any, what: str) -> None:
    host.sh(f"{BUILD}\n{what}\nindex")


def installed(inside: Inside) -> str:
    """All packages with version and status, and which of ours apt chose by itself."""
    everything = inside.host.sh(
        "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n' | sort"
    )
    return str(everything + inside.host.sh("apt-mark showauto app lib extra"))


def changed(before: Any, after: Any) -> list[str]:
    paths = {p for p in set(before) | set(after) if before.get(p) != after.get(p)}
    return sorted(p for p in paths if not p.lstrip("/").startswith(OURS))
