#!/bin/bash
# The files of docs/clusters for SLURM, on two nodes of one machine: a coordinator, an array of workers, one of which is killed and one requeued; the
# coordinator is requeued too. The run has the bytes of a run on one machine. Takes about two minutes; its last result is in result-queue.txt.
#
#   as root: scripts/clusters/slurm-queue.sh | tee scripts/clusters/result-queue.txt
source "$(dirname "$0")/nodes.sh"

# What the files call `segbench`.
mkdir "$place/bin"
printf '#!/bin/bash\nexec %s "$@"\n' "$SEGBENCH" > "$place/bin/segbench"
chmod +x "$place/bin/segbench"
export PATH=$place/bin:$PATH PLACE=$place/queue HOST=127.0.0.1 PORT=16380 SEGBENCH_QUEUE_LEASE=8000
files=$repository/docs/clusters
cat > "$place/few.yaml" <<RUN
name: few
data: $repository/datasets/samples
models: [tiny]
benchmarks: [doors, streets, dram, egohos, bbbc038v1, ppdls, ibd]
protocols: [box@1]
limit: 3
RUN
run="$place/few.yaml --no-pages"
units() { local file=$RUNS/many/progress.jsonl; [ -f "$file" ] && wc -l < "$file" || echo 0; }
reached() { until [ "$(units)" -ge "$1" ]; do sleep 0.2; done; }
waited() { for _ in $(seq 600); do [ -z "$(squeue -h -j "$1" 2> /dev/null)" ] && return; sleep 1; done; say "$1 did not end"; squeue; }

begin=$(date +%s)
$SEGBENCH run $run --out "$RUNS/one" > "$place/one.log" 2>&1
say "one run: $(wc -l < "$RUNS/one/progress.jsonl") images, $(($(date +%s) - begin)) s"
a=$(sbatch --parsable --output="$place/coordinator.log" "$files/slurm-coordinator.sh" $run --block 2 --out "$RUNS/many")
b=$(sbatch --parsable --array=0-2 --output="$place/worker-%a.log" "$files/slurm-worker.sh" "$place/few.yaml" --workers 1)
reached 3
task=$(squeue -h -r -j "$b" -t R -o '%A' | head -1)
kill -9 $(processes "$task")
say "a worker killed with -9 after $(units) images"
reached 8
scontrol requeue "$a"
say "the coordinator, and with it the broker, requeued after $(units) images"
for _ in $(seq 120); do
  scontrol update jobid="$a" starttime=now > /dev/null 2>&1
  [ "$(squeue -h -j "$a" -t R -o %A)" = "$a" ] && break
  sleep 1
done
waited "$a"
waited "$b"
failures=0
for file in rows.jsonl masks.jsonl; do
  cmp -s "$RUNS/one/$file" "$RUNS/many/$file" || { say "$file: NOT the bytes of one run"; failures=1; }
done
[ $failures = 0 ] && say "rows.jsonl and masks.jsonl: the bytes of one run"
grep -qr "$(cat "$PLACE/password")" "$place"/*.log "$RUNS" && { say "the password is in a log or run folder"; failures=1; }
[ $failures = 0 ] || tail -5 "$place"/*.log
say "$(grep -ho '[0-9]* units were evaluated here' "$place"/worker-*.log | tr '\n' ',') $(($(date +%s) - begin)) s in all"
exit $failures
