"""What is not turned, and what to do instead: of modules as a whole, and of single options."""

from __future__ import annotations

FETCHED = "write a `command` with `creates`, or put the file beside the playbook and use `file`"
FIREWALL = "write one `firewall` step with all that may come in, such as `allow: [{port: 22}]`"
SOURCES = "write the list below /etc/apt/sources.list.d, and its key, by `file` with `src`"
DOCKER = "write a `command` that says how it is undone, or a compose file by `file`"
DATABASE = "write a `command` with `unless`, which asks whether it is there"
NET = "write the file of netplan or ifupdown by `file`; its changes are guarded"
SELINUX = "labels come with the folder; write a `command` with `undo` if it needs another"
CONTROLLER = "it works on the controller: do it before `harden`, or in a `command` of `localhost`"

MODULES = {
    "ufw": FIREWALL,
    "iptables": FIREWALL,
    "firewalld": FIREWALL,
    "nftables": FIREWALL,
    "iptables_state": FIREWALL,
    "get_url": FETCHED,
    "unarchive": "write a `command` with `creates` that unpacks it, and `undo` that removes it",
    "archive": "write a `command` with `creates`",
    "synchronize": "files go one by one by `file`; a tree is better a package or a `command`",
    "assemble": "write the whole file by `file` with `template`",
    "fetch": CONTROLLER,
    "slurp": "read it by a `command` `cat` that is a `query`, and `register` it",
    "find": "write a `command` `find` that is a `query`, and `register` it",
    "replace": "`line` replaces a line by `regexp`; a whole file is written by `file`",
    "tempfile": "name a path below /run, and write it by `file`",
    "script": "write the script by `file`, and run it by a `command`",
    "expect": "write a `command` with `stdin`",
    "set_fact": "write it as `vars` of the play, the block or the role: templates are read when used",
    "include_vars": "write it as `vars_files` of the play, or as `vars/main.yml` of the role",
    "debug": "`harden apply -D` shows changes, a `query` shows what it reads",
    "pause": "a check with `retries` waits for what is to come",
    "meta": "handlers run once, at the end; each host stands for itself",
    "add_host": "name the host in the inventory",
    "group_by": "write `when`, or groups of the inventory",
    "setup": "facts are gathered once, before the play: `harden facts` prints them",
    "gather_facts": "facts are gathered once, before the play: `harden facts` prints them",
    "package_facts": "a `package` step looks by itself at what is installed",
    "service_facts": "a `service` step looks by itself at what runs; a check asks for it",
    "getent": "write a `command` `getent` that is a `query`, and `register` it",
    "reboot": "reboot by hand: a run is undone at a reboot unless it was confirmed",
    "hostname": "write /etc/hostname by `file`, and notify a handler `hostnamectl set-hostname`",
    "timezone": "make /etc/localtime a link by `file` (`state: link`, `target: /usr/share/zoneinfo/…`)",
    "locale_gen": "write /etc/locale.gen by `line`, and notify a handler `locale-gen`",
    "apt_key": SOURCES,
    "apt_repository": SOURCES,
    "deb822_repository": SOURCES,
    "yum_repository": "write the file below /etc/yum.repos.d by `ini`",
    "rpm_key": "write a `command` `rpm --import` with `unless`",
    "debconf": "write a `command` `debconf-set-selections` with `stdin`",
    "dpkg_selections": "write a `command` `apt-mark hold` with `undo: apt-mark unhold …`",
    "alternatives": "write a `command` `update-alternatives --set` with `undo`",
    "npm": "write a `command` with `creates`",
    "gem": "write a `command` with `unless`",
    "composer": "write a `command` with `creates`",
    "make": "write a `command` that says what it `touches`",
    "snap": "write a `command` with `unless` and `undo`",
    "flatpak": "write a `command` with `unless` and `undo`",
    "filesystem": "make file systems by hand: what was there can't come back",
    "parted": "part disks by hand: what was there can't come back",
    "lvol": "make volumes by hand: what was there can't come back",
    "lvg": "make volumes by hand: what was there can't come back",
    "modprobe": "write /etc/modules-load.d by `file`, and a `command` `modprobe` with `undo`",
    "kernel_blacklist": "write a file of /etc/modprobe.d by `file`",
    "pam_limits": "write it by `limits`",
    "pamd": "write the line by `line`; its changes are guarded",
    "selinux": "write /etc/selinux/config by `line`",
    "seboolean": "write a `command` `setsebool -P` with `undo`",
    "sefcontext": "write a `command` `semanage fcontext` with `undo`",
    "known_hosts": "write the key by `line` into /etc/ssh/ssh_known_hosts",
    "openssh_keypair": "make keys where they are used, by a `command` `ssh-keygen` with `creates`",
    "openssl_privatekey": "write a `command` `openssl` with `creates`",
    "openssl_dhparam": "write a `command` `openssl dhparam` with `creates`",
    "x509_certificate": "write a `command` `openssl` with `creates`",
    "htpasswd": "write the file by `file`, from a vault",
    "at": "write it by `systemd_timer`",
    "supervisorctl": "`supervisor` starts and takes over programs by itself",
    "docker_container": DOCKER,
    "docker_image": DOCKER,
    "docker_network": DOCKER,
    "docker_compose": DOCKER,
    "docker_compose_v2": DOCKER,
    "postgresql_db": DATABASE,
    "postgresql_user": DATABASE,
    "postgresql_privs": DATABASE,
    "postgresql_ext": DATABASE,
    "postgresql_query": "an index is made by `indexes`; write a `command` with `unless` for the rest",
    "postgresql_idx": "write it by `indexes`",
    "mysql_db": DATABASE,
    "mysql_user": DATABASE,
    "nmcli": NET,
    "acl": "write a `command` `setfacl` with `undo`",
    "xattr": "write a `command` `setfattr` with `undo`",
    "capabilities": "write a `command` `setcap` with `undo`",
    "django_manage": "write a `command` `manage.py` that says how it is undone",
    "wait_for_connection": "a host is reached when its play begins",
    "validate_argument_spec": "templates are strict: a name that is not there is an error",
}
"""Short names; those of a collection that is not known are looked up without it."""

OF_FILES = {
    "attributes": "write a `command` `chattr` with `undo`",
    "attr": "write a `command` `chattr` with `undo`",
    **dict.fromkeys(("seuser", "serole", "setype", "selevel"), SELINUX),
}
APART = "write a `command` that says how it is undone, such as `apt-get autoremove`"
AS_SET = "the host's own apt.conf decides: write it below /etc/apt/apt.conf.d by `file`"
OF_APT = {
    "upgrade": "the whole system is not upgraded: name packages with `state: latest`",
    "autoremove": APART,
    "autoclean": APART,
    "clean": APART,
    "deb": "name the package, from a repository",
    "default_release": "pin it in /etc/apt/preferences.d by `file`, or write `name=version`",
    "default-release": "pin it in /etc/apt/preferences.d by `file`, or write `name=version`",
    "dpkg_options": AS_SET,
    "allow_unauthenticated": AS_SET,
    "allow-unauthenticated": AS_SET,
    "allow_downgrade": "write the version: `name=version`",
    "allow-downgrade": "write the version: `name=version`",
    "allow_downgrades": "write the version: `name=version`",
    "allow-downgrades": "write the version: `name=version`",
    "force": "name what it is to force: a version, or a held package by hand",
    "policy_rc_d": "write /usr/sbin/policy-rc.d by `file` before it",
}
OF_DNF = {
    **dict.fromkeys(
        ("enablerepo", "disablerepo", "exclude", "disable_excludes", "conf_file", "cacheonly",
         "disable_gpg_check", "sslverify", "validate_certs", "install_weak_deps", "best", "nobest",
         "skip_broken", "enable_plugin", "disable_plugin", "releasever", "allowerasing"),
        "the host's own dnf.conf decides: write it by `ini`"),
    **dict.fromkeys(("security", "bugfix"),
                    "the whole system is not upgraded: name packages with `state: latest`"),
    **dict.fromkeys(("download_only", "download_dir", "installroot"), "write a `command`"),
    "allow_downgrade": "write the version: `name-version`",
    "autoremove": "write a `command` that says how it is undone, such as `dnf autoremove`",
    "list": "write a `command` `dnf list` that is a `query`",
}  # fmt: skip
OF_SYSTEM = "the range is that of /etc/login.defs: write it there by `line`"
OF_URI = "a check asks by GET or HEAD and judges the status: write a `command` `curl`"
OPTIONS = {
    **dict.fromkeys(("copy", "template", "lineinfile", "blockinfile", "ini_file"), OF_FILES),
    "file": {
        **OF_FILES,
        **dict.fromkeys(("access_time", "modification_time"), "times are not put back by a rollback"),
        "src": "write `state: link` beside it",
    },
    "apt": OF_APT,
    "apk": {
        "upgrade": OF_APT["upgrade"],
        "available": OF_APT["upgrade"],
        "repository": "write /etc/apk/repositories by `line`",
        "no_cache": "write a `command`",
        "world": "write /etc/apk/world by `line`",
    },
    **dict.fromkeys(("dnf", "dnf5", "yum"), OF_DNF),
    "user": dict.fromkeys(("uid_min", "uid_max"), OF_SYSTEM),
    "group": dict.fromkeys(("gid_min", "gid_max"), OF_SYSTEM),
    "command": {"expand_argument_vars": "variables are read by a shell only: write `cmd`"},
    "uri": {
        **OF_FILES,
        **dict.fromkeys(
            ("body", "body_format", "src", "dest", "user", "url_username", "password", "url_password",
             "force_basic_auth", "client_cert", "client_key", "ca_path", "unix_socket", "creates",
             "removes", "remote_src", "mode", "owner", "group", "use_gssapi", "ciphers", "unsafe_writes"),
            OF_URI),
    },
}  # fmt: skip
"""By the short name of the module."""


def of_module(name: str) -> str:
    """Return why a module is not turned, and what to do."""
    last = name.rpartition(".")[2]
    return f"`{name}`: {MODULES[last]}" if last in MODULES else (
        f"`{name}` has no counterpart: write a `command` that says how it is undone"
    )  # fmt: skip


def of_options(module: str, names: list[str]) -> str:
    """Return which options are not turned, and what to do of the first that is known."""
    many = ", ".join(f"`{name}`" for name in names)
    ways = dict.fromkeys(OPTIONS.get(module, {}).get(name) for name in names)
    told = "; ".join(way for way in ways if way)
    return f"`{module}` has no {many} here" + (f": {told}" if told else "")
