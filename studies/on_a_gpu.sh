#!/usr/bin/env bash
# Measure crossres on a machine with one CUDA GPU, in 8 minutes from start to end.
#
#     studies/on_a_gpu.sh OUT [--small] [--data COHORT]
#
# Nothing is downloaded: the package runs from this working tree, with the packages of $PYTHON
# (python3 by default) and those in the folder $SITE, if it is set. Each part has a time limit,
# writes OUT/PART.json, and leaves the next one its turn. --small runs all of it small on the CPU.
set -u
out=$(realpath -m "${1:?usage: studies/on_a_gpu.sh OUT [--small] [--data COHORT]}")
shift
cd "$(dirname "$0")/.." || exit 2
export PYTHONPATH="$PWD/src:$PWD:$PWD/tests${SITE:+:$SITE}"
mkdir -p "$out" || exit 2
failed=0
for part in environment:20 tests:80 speed:120 precision:40 training:215; do
    name=${part%%:*}
    echo "== $name, at most ${part##*:} s =="
    timeout --signal=INT --kill-after=5 "${part##*:}" \
        "${PYTHON:-python3}" -m studies.on_a_gpu "$name" --out "$out" "$@" || {
        echo "FAILED: $name (status $?)" >&2
        failed=1
    }
done
exit $failed
