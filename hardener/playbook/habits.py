"""Words of Ansible's plays and tasks that are none here, and what is written instead."""

from __future__ import annotations

LINK = "how a host is reached stands in its inventory: "
LOOPS = "write `loop` with "
STEPS = "write them first in `steps:`; handlers run once, at the end of the play"
_BOTH = {
    "remote_user": f"{LINK}`user`, or `-u`",
    "port": f"{LINK}`port`",
    "connection": f"{LINK}`connection`",
    "become_method": "it is the inventory's: sudo, or doas",
    "become_flags": "sudo is used, without more options",
    "module_defaults": "a value that many steps share is a variable in `vars:`",
    "collections": "step types have no collections: `harden doc` lists all there are",
    "throttle": "`serial` of the play says how many hosts are begun at a time",
    "ignore_unreachable": "a host that is lost ends its play; others go on",
    "check_mode": "`--dry-run` previews a whole play; a `command` that only asks is a `query`",
    "diff": "every preview shows its differences",
    "debugger": "`--dry-run` shows each step before anything is changed",
}
OTHERWISE = {"role": "variables that a role is given stand below `vars:`"}
"""What to say of any other key."""
HABITS = {
    "play": {
        **_BOTH,
        "pre_tasks": STEPS,
        "post_tasks": "write them last in `steps:`, or as checks below `verify:`",
        "gather_subset": "facts are gathered at once; `gather_facts: false` does without",
        "gather_timeout": "facts are gathered at once; `gather_facts: false` does without",
        "fact_path": "facts of the host's own files are read by a `command` that is a `query`",
        "force_handlers": "handlers are owed until they have run; a rollback runs them again",
        "timeout": "a `command` has its own `timeout`",
    },
    "step": {
        **_BOTH,
        "async": "a step is waited for; what is to go on by itself is a `systemd_unit`",
        "poll": "a step is waited for; what is to go on by itself is a `systemd_unit`",
        "delegate_facts": "facts are those of the host that the play is for; `hostvars` has the others",
        "args": "parameters stand below the step type",
        "local_action": "write the step with `delegate_to: localhost`",
        "action": "write the step type as the key: `command: …`",
        "with_dict": LOOPS + "`| dict2items`",
        "with_fileglob": LOOPS + "`query('fileglob', …)`",
        "with_sequence": LOOPS + "`range(…)`",
        "with_together": LOOPS + "`| zip(…)`",
        "with_nested": LOOPS + "`| product(…)`",
        "with_subelements": LOOPS + "`| subelements(…)`",
        "with_indexed_items": LOOPS + "`loop_control: {index_var: …}`",
    },
    "include_vars": {
        "register": "it is read before the play and has no result: use its variables (`name` gathers them)",
        "ignore_errors": "name several files: the first that is there is read",
        "delegate_to": "files of variables are read here, whoever the host is",
    },
}
