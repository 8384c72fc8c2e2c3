#!/bin/bash
# Send an Unraid notification when a container has exited by itself. `uma watch` runs this for each such event,
# which is on standard input as JSON:
#
#   uma watch docker/events --filter action=die --filter attributes.exitCode!=0 --filter attributes.signal= \
#       --exec "bash /boot/config/plugins/uma/container-died.sh"
#
# UMA does this by itself with ALERT_CONTAINERS="yes" (docs/containers.md); this is for alerts of your own.
#
# Of one container there is a notification in ten minutes at most, of all together one in ten seconds: a container that
# exits again and again is reported once.
set -euo pipefail

NOTIFY=${NOTIFY:-/usr/local/emhttp/webGui/scripts/notify}
MEMORY=${MEMORY:-/var/run/uma-container-died}
SECONDS_FOR_ONE=600
SECONDS_FOR_ALL=10

IFS= read -r message

# The value of a string in the message. Docker allows neither quotes nor backslashes in what is asked for here.
value() {
    sed -n 's/.*"'"$1"'":"\([^"\\]*\)".*/\1/p' <<<"$message"
}

# Succeeds if something was reported less than $2 seconds ago, by the time of the file $1.
told_lately() {
    local reported
    reported=$(stat -c %Y "$1" 2>/dev/null) || return 1
    (($(date +%s) - reported < $2))
}

name=$(value container_name)
code=$(value exitCode)
if [[ ! $name =~ ^[a-zA-Z0-9][a-zA-Z0-9_.-]*$ ]]; then
    echo "not a message about a container" >&2
    exit 1
fi

mkdir -p "$MEMORY"
# Names may be random, as of a container that is run for one task: expired files would fill the RAM.
find "$MEMORY" -name 'of-*' -mmin +$((SECONDS_FOR_ONE / 60)) -delete
if told_lately "$MEMORY/of-$name" "$SECONDS_FOR_ONE" || told_lately "$MEMORY/all" "$SECONDS_FOR_ALL"; then
    exit 0
fi
touch "$MEMORY/of-$name" "$MEMORY/all"

"$NOTIFY" -e "UMA" -s "Container $name died" -d "It ended by itself with exit code ${code:-unknown}." -i warning
