"""What the step and its validator know of logrotate: its blocks, its folders, a copy of its files."""
