#!/bin/sh
# Nightly, by the trader's crontab.
exec tar -czf "$HOME/backup.tar.gz" -C "$HOME/trading-system" backend/data
