"""The variables that say how to reach a host: Ansible's names and our own short ones.

The schema and the connection are both made from this table. A short word that could as well be
a variable of the user's own (`port`, `user`, `root`…) is taken for one on hosts that use
Ansible's names: an Ansible inventory means the same here as there.
"""

from __future__ import annotations

from hardener.dataclass import dataclass


@dataclass(frozen=True)
class Word:
    """One property of a connection; Ansible's names in the order in which they win."""

    field: str
    ansible: tuple[str, ...]
    short: str
    type: str
    description: str
    common: bool = False  # the short word is one that people use for things of their own


WORDS = (
    Word("address", ("ansible_host", "ansible_ssh_host"), "address", "string",
         "Name or IP address to connect to; the host's name in the inventory if not given.", True),
    Word("port", ("ansible_port", "ansible_ssh_port"), "port", "integer",
         "Port of sshd; what the ssh configuration says, else 22.", True),
    Word("user", ("ansible_user", "ansible_ssh_user"), "user", "string",
         "User to log in as; what the ssh configuration says, else yours.", True),
    Word("identity_file", ("ansible_ssh_private_key_file", "ansible_private_key_file"),
         "identity_file", "string", "Private key to log in with."),
    Word("become", ("ansible_become",), "become", "boolean",
         "Change to become_user by sudo after the login; beats what the play says."),
    Word("become_user", ("ansible_become_user",), "become_user", "string",
         "User to become; root if not given."),
    Word("become_method", ("ansible_become_method",), "become_method", "string",
         "How to become that user: sudo, or doas where its rule says `nopass`."),
    Word("python", ("ansible_python_interpreter",), "python", "string",
         "Python >= 3.6 on the host; looked for if not given."),
    Word("connection", ("ansible_connection",), "connection", "string",
         "ssh, or local for the machine that hardener runs on. By openssh it is the user's own ssh "
         "program that connects, by paramiko the library; ssh takes paramiko wherever it will do.",
         True),
    Word("root", (), "root", "string",
         "Folder that holds an unbooted tree (an image or a chroot) to change instead of a host; "
         "implies connection local.", True),
    Word("proxy_jump", (), "proxy_jump", "string",
         "Host to go through, as in ssh -J: [user@]host[:port], several with commas."),
    Word("ssh_args", ("ansible_ssh_common_args",), "ssh_args", "string",
         "More arguments for ssh, split as a shell splits words."),
    Word("ssh_extra_args", ("ansible_ssh_extra_args",), "", "string",
         "More arguments for ssh, after ansible_ssh_common_args."),
    Word("password", ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password"), "",
         "string", "Password of the login; a key is better."),
    Word("become_password", ("ansible_become_password", "ansible_become_pass"), "", "string",
         "Password that sudo asks for."),
)  # fmt: skip

ANSIBLE_NAMES = frozenset(name for word in WORDS for name in word.ansible)
