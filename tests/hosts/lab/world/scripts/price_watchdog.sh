#!/bin/sh
# Write the newest price of a coin, again and again; the sleep is a child of its own.
coin=$1
data=$(dirname "$0")/../backend/data
n=0
while :; do
    n=$((n + 1))
    printf '{"coin": "%s", "price": %d}\n' "$coin" $((40000 + n % 100)) > "$data/$coin.json.part"
    mv "$data/$coin.json.part" "$data/$coin.json"
    echo "$(date '+%F %T') $coin price $((40000 + n % 100))"
    sleep 1
done
