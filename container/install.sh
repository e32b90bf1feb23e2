#!/usr/bin/env bash
# Install crossres from this checkout and pinned packages into a virtual environment.
# Usage: container/install.sh FOLDER [OPTIONS OF PIP]
set -euo pipefail
folder=$1
shift
cd "$(dirname "$0")/.."

python3 -m venv "$folder"
pip=("$folder/bin/python" -m pip install --no-cache-dir --disable-pip-version-check --no-deps)
# The CPU build of torch, without several GB of CUDA libraries.
torch=$(grep '^torch==' container/requirements.txt)
"${pip[@]}" --index-url https://download.pytorch.org/whl/cpu "$@" "$torch"
"${pip[@]}" "$@" -r container/requirements.txt
"${pip[@]}" --no-build-isolation .
"$folder/bin/python" -m pip check
"$folder/bin/crossres" --version
