#!/bin/sh
# Test a stream with curl: print the answer's head, then each message as it comes, until Ctrl-C.
#
# stats.sh [server [stream]]     server: tower or tower:34600; else the environment's UMA_SERVER, else 127.0.0.1:34600
#                                stream: system/stats (else), docker/events or storage/status
#
# UMA_TOKEN in the environment is sent as the token.
#
# Each message has 2 or 4 bytes of frame before it, which may look odd on a terminal. For one message, without them:
# curl http://tower:34600/api/v1/system/stats
set -eu

case ${1:-} in
    -h | --help)
        sed -n '2,/^set/{s/^# \{0,1\}//;/^set/!p;}' "$0"
        exit
        ;;
esac

server=${1:-${UMA_SERVER:-127.0.0.1:34600}}
stream=${2:-system/stats}

# http://HOST:PORT for tower, tower:34600 or http://tower:34600/, and https:// for https://.
scheme=http port=:34600
case $server in
    https://* | wss://*) scheme=https port= ;;
esac
written=$server
server=${server#*://}
server=${server%%/*}
case $server in
    '' | *: | *@*)
        echo "$written is not the address of a server, such as tower:34600" >&2
        exit 1
        ;;
    *:*[0-9]) ;;
    *) server=$server$port ;;
esac

set --
if [ -n "${UMA_TOKEN:-}" ]; then
    set -- --header "Authorization: Bearer $UMA_TOKEN"
fi

exec curl "$@" --include --no-buffer --silent --show-error \
    --header "Connection: Upgrade" \
    --header "Upgrade: websocket" \
    --header "Sec-WebSocket-Key: $(head -c 16 /dev/urandom | base64)" \
    --header "Sec-WebSocket-Version: 13" \
    "$scheme://$server/api/v1/ws/$stream"
