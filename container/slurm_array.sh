#!/usr/bin/env bash
# One subject of a BIDS dataset for each task of a Slurm array:
#   sbatch --array=1-20 container/slurm_array.sh BIDS_DIR OUTPUT_DIR [OPTIONS OF crossres cohort]
# The tasks count the folders sub-* in the order of their names.
#SBATCH --job-name=crossres
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=01:00:00
set -euo pipefail
bids_dir=$1
output_dir=$2
shift 2

subjects=("$bids_dir"/sub-*/)
if ((SLURM_ARRAY_TASK_ID < 1 || SLURM_ARRAY_TASK_ID > ${#subjects[@]})); then
  echo "$bids_dir has ${#subjects[@]} subjects; give --array=1-${#subjects[@]}" >&2
  exit 2
fi
subject=$(basename "${subjects[SLURM_ARRAY_TASK_ID - 1]}")
exec crossres cohort "$bids_dir" "$output_dir" participant --participant-label "$subject" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --work-dir "${TMPDIR:-/tmp}" "$@"
