#!/bin/bash
# Print the dashboard's address, as a browser needs it. Usage: demo/address.sh BIND PORT
set -euo pipefail

host=$1
case $host in
    0.0.0.0 | '*' | ::)
        # The first of this machine's own addresses; in a container there may be none.
        read -r host _ < <(hostname -I 2>/dev/null) || true
        host=${host:-127.0.0.1}
        ;;
esac
case $host in
    *:*) host="[$host]" ;;
esac
echo "http://$host:$2/"
