"""What the steps about accounts share: the files of passwd(5) and its kin, numbers, homes.

Nothing calls useradd(8): the lines that it would write are wanted as states of files, so that they
are previewed, kept and put back as any others. nscd and sssd look at these files by themselves.
"""
