#!/bin/sh
# Creates the secrets that the servers of one game share, in the folder secrets
# beside this file: passwords, and the host key of all servers. Existing files
# stay as they are.
#
#   sh secrets.sh                       for compose.yml
#   sh secrets.sh HOST HOST HOST        for NATS servers on these machines
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- nats-1 nats-2 nats-3
umask 077
mkdir -p secrets
cd secrets

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

[ -e db_password ] || random > db_password
[ -e nats_password ] || random > nats_password
if [ ! -e nats.conf ]; then
  route=$(random)
  {
    echo "CLICKKY_PASSWORD: \"$(cat nats_password)\""
    echo "OPERATOR_PASSWORD: \"$(random)\""
    echo "ROUTE_PASSWORD: \"$route\""
    echo "ROUTES: ["
    for host in "$@"; do echo "  \"nats://route:$route@$host:6222\""; done
    echo "]"
  } > nats.conf
fi
[ -e host_key ] || ssh-keygen -q -t ed25519 -N '' -C clickky -f host_key

# No other user of this machine can enter the folder. The programs in the containers
# run as their own users; the server only accepts a host key that it owns.
chmod 644 db_password nats_password nats.conf
chmod 600 host_key
chown 65532 host_key 2> /dev/null || echo "for compose.yml: sudo chown 65532 $PWD/host_key" >&2
