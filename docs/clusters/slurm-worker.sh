#!/bin/bash
#SBATCH --job-name=segbench-work --array=0-31 --requeue --open-mode=append --signal=B:TERM@120 --time=04:00:00
# Workers: send as many as you like, whenever you like, before or after the coordinator.
#
#   PLACE=/shared/queue sbatch --gres=gpu:1 slurm-worker.sh sam-23.yaml      the file only where cards are given by path
#
# SIGTERM comes 120 s before the time limit: the image in hand is finished, the rest goes to other workers.
set -eu
place=${PLACE:?the folder that the coordinator has}
until [ -s "$place/url" ]; do sleep 5; done
exec segbench work "$@" --queue "$place/url" --until-done --grace 60s
