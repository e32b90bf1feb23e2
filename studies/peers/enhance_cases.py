"""The process of a method: enhance cases one by one, and measure time and memory of each.

    python -m studies.peers.enhance_cases METHOD INPUTS OUTPUTS --data DATA --runs RUNS CASE ...

Loading weights and scans is not part of the time; the memory is the peak of the process so far.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Annotated

import typer
from studies.peers.cases import Inputs
from studies.peers.methods import METHODS

from crossres.files import write_json
from crossres.io import write


def main(
    method: Annotated[str, typer.Argument()],
    inputs: Annotated[Path, typer.Argument(help="Folder of the exported cases.")],
    outputs: Annotated[Path, typer.Argument(help="Folder for the results.")],
    names: Annotated[list[str], typer.Argument(help="Names of cases.")],
    data: Annotated[Path, typer.Option()],
    runs: Annotated[Path, typer.Option()],
) -> None:
    """Enhance the cases."""
    outputs.mkdir(parents=True, exist_ok=True)
    for name in names:
        run = METHODS[method](Inputs.read(inputs / name), data, runs)
        start = time.process_time()
        volume = run()
        seconds = time.process_time() - start
        write(volume, outputs / f"{name}.nii.gz", dtype="float32", overwrite=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cost = {"seconds": seconds, "peak_mb": peak}
        write_json(cost, outputs / f"{name}.json", overwrite=True)


if __name__ == "__main__":
    typer.run(main)
