#!/bin/bash
#SBATCH --job-name=segbench --cpus-per-task=2 --time=2-00:00:00 --requeue --open-mode=append
# The broker and the coordinator of a run, on one node (no GPU). Send it again after whatever happened: it goes on.
#
#   PLACE=/shared/queue sbatch slurm-coordinator.sh sam-23.yaml --out /shared/runs/sam-23
#
# PLACE: a folder that all nodes see. It keeps the password and the broker's files, for nobody else to read.
set -eu
umask 077
place=${PLACE:?a folder that all nodes see}
port=${PORT:-6380}
server=$(command -v valkey-server || command -v redis-server)
mkdir -p "$place/broker"
[ -s "$place/password" ] || od -An -tx1 -N24 /dev/urandom | tr -d ' \n' > "$place/password"
cat > "$place/broker/broker.conf" <<CONF
bind 0.0.0.0
port $port
requirepass $(cat "$place/password")
dir $place/broker
appendonly yes
save ""
maxmemory-policy noeviction
CONF
"$server" "$place/broker/broker.conf" &
broker=$!
trap 'kill $broker' EXIT
printf 'redis://:%s@%s:%s\n' "$(cat "$place/password")" "${HOST:-$(hostname -f)}" "$port" > "$place/url.draft"
mv "$place/url.draft" "$place/url"
sleep 2
code=0
segbench run "$@" --queue "$place/url" || code=$?
# Workers look every few seconds whether the run is done.
[ $code = 0 ] && rm "$place/url" && sleep 20
exit $code
