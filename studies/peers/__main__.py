"""Methods side by side: the same degraded scans, aligned guides and scores for all.

    python -m studies.peers run --data DATA
    python -m studies.peers export FOLDER --data DATA
    python -m studies.peers score --data DATA --outputs synthsr=FOLDER

``run`` enhances all cases with all methods that are installed, scores them and writes the results.
What was computed before is not computed again. ``export`` writes degraded scans and guides for a
tool that runs elsewhere, such as SynthSR, SMORE or UniRes. ``score`` scores what it made, one file
``CASE.nii.gz`` for each case, and adds it to the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from studies.peers.cases import PeerCase, export_case, peer_cases
from studies.peers.methods import METHODS
from studies.peers.needs import NEEDS, UNKNOWN
from studies.peers.scoring import score_file
from studies.peers.tools import ANTS, ECLARE, Folders, applies, run_method

from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.types import FileFormatError, SettingsError

ALL = (*METHODS, *ANTS, ECLARE)
COLUMNS = ("psnr", "ssim", "psnr_eroded", "ssim_eroded", "consistency", "seconds", "peak_mb")
app = typer.Typer(help=__doc__, rich_markup_mode=None)
Data = Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")]
Runs = Annotated[Path, typer.Option(help="Trainings and motions of earlier studies.")]
Work = Annotated[Path, typer.Option(help="Inputs, truths and results of every method.")]
Tools = Annotated[Path, typer.Option(help="Virtual environments `ants` and `eclare`.")]
Results = Annotated[Path, typer.Option()]
Only = Annotated[str, typer.Option(help="Methods, by comma; all if empty.")]
RUNS, WORK = Path("runs"), Path("runs/peers")
RESULTS, TOOLS = Path("results/comparison"), Path("/opt/peers")


def installed(method: str, folders: Folders) -> bool:
    """Return whether a method can be run."""
    programs = {ECLARE: "eclare/bin/run-eclare", **dict.fromkeys(ANTS, "ants/bin/python")}
    return method in METHODS or (folders.tools / programs[method]).exists()


def rows_of(method: str, outputs: Path, cases: Sequence[PeerCase], folders: Folders) -> list[Row]:
    """Score the results of a method; cases without a result are left out."""
    found = [case for case in cases if (outputs / f"{case.name}.nii.gz").exists()]
    needs = NEEDS.get(method, UNKNOWN)._asdict()
    return [
        {
            "method": method, "task": case.task, "source": case.source, "case": case.name,
            **score_file(
                outputs / f"{case.name}.nii.gz", folders.inputs / case.name / "scan.nii.gz",
                folders.truth / f"{case.name}.nii.gz",
            ),
            **needs,
        }
        for case in found
    ]  # fmt: skip


def write_results(rows: Sequence[Row], results: Path) -> None:
    """Replace the rows of the same methods and cases in the results, and print the means."""
    path = results / "peers.csv"
    new = {(str(row["method"]), str(row["case"])) for row in rows}
    old = [row for row in read_rows(path) if (row["method"], row["case"]) not in new]
    everything: list[Row] = [{column: row[column] for column in rows[0]} for row in old]
    everything = sorted([*everything, *rows], key=lambda row: (str(row["task"]), str(row["case"])))
    write_rows(everything, path)
    means = tabulate(everything)
    write_summary({"means": means}, results / "peers.json")
    for mean in means:
        typer.echo(" ".join(f"{value:.3f}" if isinstance(value, float) else str(value)
                            for value in mean.values()))  # fmt: skip


def tabulate(rows: Sequence[Row]) -> list[Row]:
    """Average over the cases of each task, source and method."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((str(row["task"]), str(row["source"]), str(row["method"])), []).append(
            row
        )
    return [
        {
            **dict(zip(("task", "source", "method"), key, strict=True)), "cases": len(group),
            **{column: _mean(group, column) for column in COLUMNS},
        }
        for key, group in sorted(groups.items())
    ]  # fmt: skip


def _mean(rows: Sequence[Row], column: str) -> float | None:
    values = [float(str(row[column])) for row in rows if row[column] != ""]
    return sum(values) / len(values) if values else None


@app.command()
def run(
    data: Data, only: Only = "", runs: Runs = RUNS, work: Work = WORK, tools: Tools = TOOLS,
    results: Results = RESULTS,
) -> None:  # fmt: skip
    """Enhance and score all cases with all installed methods."""
    folders = Folders(data, runs, work, tools)
    cases = list(peer_cases(data, runs / ALIGNED))
    for case in cases:
        export_case(case, folders.inputs, folders.truth)
    rows: list[Row] = []
    for method in only.split(",") if only else ALL:
        if not installed(method, folders):
            typer.echo(f"{method}: not installed in {tools}, left out")
            continue
        fitting = [case for case in cases if applies(method, case.source, case.task)]
        run_method(method, [case.name for case in fitting], folders)
        rows += rows_of(method, work / method, fitting, folders)
    write_results(rows, results)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")],
    data: Data,
    runs: Runs = RUNS,
) -> None:
    """Write degraded scans and aligned guides, and nothing of the truth."""
    for case in peer_cases(data, runs / ALIGNED):
        export_case(case, folder)
        typer.echo(folder / case.name)


@app.command()
def score(
    outputs: Annotated[list[str], typer.Option(help="NAME=FOLDER, with CASE.nii.gz in it.")],
    data: Data, runs: Runs = RUNS, work: Work = WORK, results: Results = RESULTS,
) -> None:  # fmt: skip
    """Score the results of tools that ran elsewhere."""
    folders = Folders(data, runs, work, TOOLS)
    cases = list(peer_cases(data, runs / ALIGNED))
    rows: list[Row] = []
    for text in outputs:
        name, _, folder = text.partition("=")
        if not folder or name in NEEDS:
            raise SettingsError(f"--outputs must be NAME=FOLDER with a new name, got {text!r}")
        made = [case for case in cases if (Path(folder) / f"{case.name}.nii.gz").exists()]
        if not made:
            raise FileFormatError(f"{folder} holds no CASE.nii.gz; name files as `export` does")
        for case in made:
            export_case(case, folders.inputs, folders.truth)
        rows += rows_of(name, Path(folder), made, folders)
    write_results(rows, results)


if __name__ == "__main__":
    app()
