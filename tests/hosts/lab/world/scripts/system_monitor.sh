#!/bin/sh
# Load and memory, as root.
while :; do
    echo "$(date '+%F %T') $1: load $(cut -d' ' -f1 /proc/loadavg)"
    sleep 5
done
