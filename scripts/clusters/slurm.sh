#!/bin/bash
# SLURM with two nodes on one machine, and what happens to a run there: an array and the merge that depends on it, a requeue, a
# shard killed with -9, a time limit, a node that dies, and one that is cut off while its process lives. Every time the merged run has
# the bytes of a run on one machine. Takes about eight minutes, is no part of `npm test`; the last result is in result.txt.
#
#   apt-get install slurm-wlm slurmd slurmctld slurm-client munge; as root: scripts/clusters/slurm.sh | tee scripts/clusters/result.txt
#
# Everything lies in a folder of its own below /tmp, listens on loopback, and is ended and removed at the end.
source "$(dirname "$0")/nodes.sh"

cat > "$place/shards.sh" <<'JOB'
#!/bin/bash
#SBATCH --requeue --open-mode=append
exec unshare --uts sh -c 'hostname "$SLURMD_NODENAME"; exec $SEGBENCH run "$RUN_FILE" --limit 1 --no-pages --workers 1 --shard auto/$SHARDS --out "$RUNS/$NAME/shard-$SLURM_ARRAY_TASK_ID" $MORE'
JOB
cat > "$place/merge.sh" <<'JOB'
#!/bin/bash
exec $SEGBENCH merge $RUNS/$NAME/shard-* --out "$RUNS/$NAME/whole"
JOB
export RUN_FILE=$repository/configs/quickstart.yaml
# name, shards, further options of run, array, further options of sbatch -> job number
shards() { NAME=$1 SHARDS=$2 MORE=$3 sbatch --parsable --array="$4" ${5:-} --output="$place/$1-%a.log" "$place/shards.sh"; }
merged() { NAME=$1 sbatch --parsable --dependency="afterany:$2" --output="$place/$1-merge.log" "$place/merge.sh"; }
units() { local file=$RUNS/$1/shard-$2/progress.jsonl; [ -f "$file" ] && wc -l < "$file" || echo 0; }
# Until a shard has so many images.
reached() { until [ "$(units "$1" "$2")" -ge "$3" ]; do sleep 0.2; done; }
waited() { for _ in $(seq 900); do [ -z "$(squeue -h -j "$1" 2> /dev/null)" ] && return; sleep 1; done; say "$1 did not end"; squeue; }
job_of() { squeue -h -r -j "$1" -o '%A %K' | awk -v task="$2" '$2 == task { print $1 }'; }
field() { scontrol show job "$1" | grep -o "$2=[^ ]*" | head -1 | cut -d= -f2; }
failures=0
compare() {
  for file in rows.jsonl masks.jsonl; do
    cmp -s "$RUNS/one/$file" "$RUNS/$1/whole/$file" && continue
    say "  $file: NOT the bytes of one run"
    failures=$((failures + 1))
    return
  done
  say "  rows.jsonl and masks.jsonl: the bytes of one run"
}

begin=$(date +%s)
$SEGBENCH run "$RUN_FILE" --limit 1 --no-pages --out "$RUNS/one" > "$place/one.log" 2>&1
say "one run: $(wc -l < "$RUNS/one/progress.jsonl") images, $(wc -l < "$RUNS/one/rows.jsonl") rows, $(($(date +%s) - begin)) s"

say "array 0-3, and the merge that depends on it"
a=$(shards plain 4 '' 0-3)
waited "$(merged plain "$a")"
compare plain

say "scontrol requeue of a task that is at work"
b=$(shards requeue 2 '' 0-1)
b_merge=$(merged requeue "$b")
reached requeue 0 2
task=$(job_of "$b" 0)
scontrol requeue "${b}_0"
say "  requeued after $(units requeue 0) images of its 12"

say "kill -9 of a shard"
c=$(shards killed 2 '' 0-1)
reached killed 1 2
task=$(job_of "$c" 1)
kill -9 $(processes "$task")
say "  killed after $(units killed 1) images"
waited "$c"
NAME=killed $SEGBENCH merge "$RUNS"/killed/shard-* --status > "$place/status.txt"
say "  merge --status: exit code $?, last line $(tail -1 "$place/status.txt")"
c=$(shards killed 2 '' "$(tail -1 "$place/status.txt" | cut -d= -f2)")
waited "$(merged killed "$c")"
say "  $(grep -h 'waiting up to\|continuing' "$place/killed-1.log" | cut -d: -f2- | tail -2 | tr '\n' ';')"
compare killed

say "--stop-after, with RequeueExit=75"
d=$(shards stopped 1 '--stop-after 25s' 0)
d_merge=$(merged stopped "$d")

say "two tasks on a node that is lost: one dies with it, one lives on unseen"
e=$(shards lost 2 '' 0-1 --nodelist=n2)
e_merge=$(merged lost "$e")
for n in 0 1; do reached lost $n 2; done
scontrol update jobid="$e" nodelist= > /dev/null 2>&1
dead=$(job_of "$e" 0)
alive=$(job_of "$e" 1)
unseen=$(processes "$alive")
started+=($unseen)
kill -9 "$(pid_of slurmd-n2)" $(pgrep -f "slurmstepd: \[$dead") $(pgrep -f "slurmstepd: \[$alive") 2> /dev/null
kill -9 $(processes "$dead") 2> /dev/null
# Not before their node is gone: the kernel sends SIGHUP to stopped processes that become orphans.
sleep 3
kill -STOP $unseen
lost=$(date +%s)
say "  lost after $(units lost 0) and $(units lost 1) images"
before=$(units lost 1)
for _ in $(seq 600); do
  for n in 0 1; do scontrol update jobid="${e}_$n" reqnodelist= > /dev/null 2>&1; done
  [ "$(units lost 1)" -gt "$before" ] && break
  sleep 1
done
say "  started again on the other node $(($(date +%s) - lost)) s after the loss, SLURM_RESTART_COUNT=$(field "$(job_of "$e" 1)" Restarts)"
kill -CONT $unseen
for _ in $(seq 60); do kill -0 $unseen 2> /dev/null || break; sleep 1; done
say "  the one that lived on: $(grep -ho 'another process has taken.*nothing more' "$place/lost-1.log" | head -1)"
waited "$e_merge"
compare lost

say "the requeued ones"
waited "$b_merge"
compare requeue
# SLURM holds back what it starts again; here it need not.
for _ in $(seq 60); do
  [ -z "$(squeue -h -j "$d")" ] && break
  scontrol update jobid="$d" starttime=now > /dev/null 2>&1
  sleep 5
done
waited "$d_merge"
say "  --stop-after: $(grep -c 'stopped:' "$place/stopped-0.log") times stopped, $(grep -c 'continuing' "$place/stopped-0.log") times continued"
compare stopped

say "$failures differences, $(($(date +%s) - begin)) s in all"
exit "$failures"
