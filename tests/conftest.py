"""What all tests share: programs of the administrator are found by whoever runs them."""

import os

for folder in ("/usr/sbin", "/sbin"):
    if folder not in os.environ["PATH"].split(":"):
        os.environ["PATH"] += ":" + folder
