"""A play of the playbook as the message that one host carries out."""
