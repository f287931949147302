#!/bin/sh
# Two children watch; when one dies, so does this, and supervisord starts all three again.
sleep infinity &
sleep infinity &
echo "$(date '+%F %T') failure detector $*: watching"
wait
