"""From an Ansible playbook to ours: `harden import`.

source        YAML as Ansible reads it, with lines and comments
task          one task: its module's parameters, its keywords
modules/      which of our step types a module becomes, one file a group of them
expressions   conditions and facts
play          plays, blocks, roles, includes
tree          all files of a playbook, and what is written where
writing       our YAML, with the comments of theirs
notes         what could not be turned, and what means something else
"""

from hardener.ansible.tree import turn

__all__ = ["turn"]
