"""Ansible's vault: values and files that only a password opens.

envelope  its text form                   cipher    from password and bytes to it, and back
passwords where a password comes from     keyring   all of them; opens what comes by
reading   files that may be vaults        files     replaced whole, with mode and owner
editing   in memory, in an editor         strings   one value as YAML
"""
