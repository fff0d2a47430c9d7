# SLURM with two nodes on this machine, for the scripts beside it (`source`): a folder `$place`, `say`, `processes`, and an end that ends
# all that was started. As root; apt-get install slurm-wlm slurmd slurmctld slurm-client munge
set -u
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$(mktemp -d /tmp/segbench-slurm-XXXXXX)
host=$(hostname)
chmod 755 "$place"
mkdir -m 700 "$place/munge" && mkdir "$place"/{state,spool-n1,spool-n2,runs}
export SLURM_CONF=$place/slurm.conf RUNS=$place/runs
# The nodes share one machine: each job gets a host name of its own, so that a process number means nothing on the other node.
export SEGBENCH="node $repository/bin/segbench.js"
started=()

cat > "$SLURM_CONF" <<CONF
ClusterName=seg
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
KillWait=5
SlurmdTimeout=30
RequeueExit=75
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool-%n
SlurmdPidFile=$place/slurmd-%n.pid
SlurmctldPidFile=$place/slurmctld.pid
SlurmdLogFile=$place/slurmd-%n.log
SlurmctldLogFile=$place/slurmctld.log
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=4 RealMemory=4000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=4 RealMemory=4000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF

say() { printf '%s\n' "$*"; }
pid_of() { cat "$place/$1.pid" 2> /dev/null; }
# Processes of a job: those that have its number in their environment.
processes() { grep -lzs "^SLURM_JOB_ID=$1\$" /proc/[0-9]*/environ | cut -d/ -f3; }
end() {
  scancel --user=root 2> /dev/null
  sleep 3
  for pid in "${started[@]}" $(pid_of slurmd-n1) $(pid_of slurmd-n2) $(pid_of slurmctld) $(pid_of munged); do
    kill -CONT "$pid" 2> /dev/null
    kill "$pid" 2> /dev/null
  done
  sleep 2
  for pid in "${started[@]}"; do kill -9 "$pid" 2> /dev/null; done
  [ -n "${KEEP:-}" ] || rm -rf "$place"
}
trap end EXIT

dd if=/dev/urandom of="$place/munge/key" bs=1024 count=1 2> /dev/null && chmod 600 "$place/munge/key"
munged --force --key-file "$place/munge/key" --socket "$place/munge/socket" --pid-file "$place/munged.pid" \
  --log-file "$place/munge/log" --seed-file "$place/munge/seed" 2> /dev/null
chmod 711 "$place/munge"
slurmctld -c && slurmd -N n1 && slurmd -N n2
for _ in $(seq 30); do [ "$(sinfo -h -o %T)" = idle ] && break; sleep 1; done
say "SLURM $(sinfo --version | cut -d' ' -f2), nodes: $(sinfo -h -N -o '%N %T' | tr '\n' ' ')"
