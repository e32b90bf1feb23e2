"""--verbose prints the steps, --log-file keeps them with their times; stdout stays as it is."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from crossres.cli import app
from crossres.cli.log import log_to

Run = Callable[..., Any]
STAMP = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} (INFO|WARNING|ERROR) crossres\.[\w.]+: (?!warn|err)"
)


def verbs() -> list[Any]:
    """Return every command of the command line."""
    group = typer.main.get_command(app)
    inner = [getattr(one, "commands", {"": one}) for one in group.commands.values()]  # type: ignore[attr-defined]
    return [command for each in inner for command in each.values()]


def test_every_verb_has_both_options() -> None:
    options = [{name for one in verb.params for name in one.opts} for verb in verbs()]
    assert len(options) >= 12
    assert all({"-v", "--verbose", "--log-file"} <= names for names in options)


def enhance(files: SimpleNamespace) -> list[object]:
    return ["enhance", files.target, "--factor", "2", "--weights", files.unguided,
            "-o", files.output, "--overwrite"]  # fmt: skip


def test_steps_and_weights_are_printed_on_request(run: Run, files: SimpleNamespace) -> None:
    silent, verbose = run(*enhance(files), "-q"), run(*enhance(files), "-q", "-v")
    assert (silent.err, silent.out, verbose.out) == ("", "", "")
    lines = verbose.err.splitlines()
    assert all(line.startswith("crossres: ") for line in lines)
    for text in ("read T2.nii.gz: Volume(24 x 24 x 24", "weights ", "reading: ", "denoised from"):
        assert any(text in line for line in lines), text


def test_the_log_has_the_time_of_each_message(run: Run, files: SimpleNamespace) -> None:
    log = files.folder / "run.log"
    done = run(*enhance(files), "--log-file", log)
    again = run("info", files.folder / "missing.nii.gz", "--log-file", log)
    assert (done.code, done.err, again.code) == (0, "", 2)
    lines = log.read_text().splitlines()
    assert all(STAMP.match(line) for line in lines)
    assert any("weights " in line for line in lines)
    assert sum(" ERROR " in line for line in lines) == 1
    assert again.error.removeprefix("crossres: error: ") in lines[-2]


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_the_log_has_the_summary_and_the_files_that_were_written(
    run: Run, files: SimpleNamespace, quiet: list[str]
) -> None:
    log = files.folder / "run.log"
    done = run(*enhance(files), "-v", "--log-file", log, *quiet)
    lines = log.read_text().splitlines()
    written = [line for line in lines if " crossres.cli: wrote " in line]
    assert [line.rpartition("/")[2] for line in written] == ["SR.nii.gz", "SR.json"]
    [spacing] = [line for line in lines if ": Enhanced, spacing: " in line]
    assert spacing.endswith("4 x 4 x 2 mm -> 2 x 2 x 2 mm")
    assert "wrote" not in done.err, "the summary is on stdout already"
    steps = [line.split(": ")[1] for line in lines if " crossres.inference: " in line]
    assert len(steps) == len(set(steps)), "each step once"


def test_warnings_are_logged_once(run: Run, files: SimpleNamespace) -> None:
    log = files.folder / "run.log"
    done = run(*enhance(files), "--noise", "1", "-v", "--log-file", log)
    for text in (done.err, log.read_text()):
        assert text.count("too little to have an effect") == 1
    assert "WARNING crossres.cli: a noise of 1 is" in log.read_text()


def test_another_file_is_no_log(run: Run, files: SimpleNamespace) -> None:
    before = files.target.read_bytes()
    done = run("info", files.target, "--log-file", files.target)
    assert done.code == 2
    assert "is no log of crossres; give --log-file another name" in done.error
    assert files.target.read_bytes() == before


def test_a_missing_folder_of_the_log_is_an_error(run: Run, files: SimpleNamespace) -> None:
    done = run("info", files.target, "--log-file", files.folder / "none" / "run.log")
    assert done.code == 2
    assert "none does not exist; make it, or give --log-file another name" in done.error


def test_loggers_are_as_before_afterwards(tmp_path: Path) -> None:
    logger = logging.getLogger("crossres")
    before = (logger.level, list(logger.handlers))
    with log_to(tmp_path / "a.log", verbose=True):
        logging.getLogger("crossres.somewhere").info("a step")
    assert (logger.level, logger.handlers) == before
    assert "a step" in (tmp_path / "a.log").read_text()


def test_the_words_of_a_call_from_python_are_logged(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["notebook", "words of another program"])
    log = files.folder / "run.log"
    assert run("info", files.target, "--log-file", log).code == 0
    first = log.read_text().splitlines()[0]
    assert first.endswith(f": crossres info {files.target} --log-file {log}")
