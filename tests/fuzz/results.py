"""Mutations of earlier results: their sidecars, volumes and maps, read again by cohort and view."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fuzz import damage
from fuzz.bids import check_all
from fuzz.case import Bench, Case, Command, Meaning
from fuzz.templates import SUBJECTS, cohort_words, values

LOUD, SAME, EITHER = Meaning.LOUD, Meaning.SAME, Meaning.EITHER


def _json(bench: Bench, path: Path) -> str:
    content, change = damage.mutate_json(path.read_bytes(), bench.random)
    path.write_bytes(content)
    return f"{path.name}: {change}"


def _bytes(bench: Bench, path: Path) -> str:
    """Damage the bytes of a file, so that they differ."""
    before, name = path.read_bytes(), bench.choose(damage.BYTES)
    content = damage.BYTES[name](before, bench.random)
    path.write_bytes(content if content != before else content + b"\0")
    return f"{path.name}: {name}"


def _gone(bench: Bench, path: Path) -> str:
    path.unlink()
    return f"{path.name} missing"


def _linked(bench: Bench, path: Path) -> str:
    path.unlink()
    path.symlink_to(bench.choose(("/etc/hostname", "/dev/zero", path.name, "/")))
    return f"{path.name} is a link"


def make_cohort(bench: Bench) -> Case:
    """Make a case of a cohort with one mutated file among its results, run again."""
    out, templates = bench.outputs / "out", bench.templates
    shutil.copytree(templates / "derivatives", out)
    # Of all files the sidecars matter most.
    volume = out / SUBJECTS[0] / "anat" / f"{SUBJECTS[0]}_res-x2_desc-sr_T2w.nii.gz"
    sidecar = volume.with_name(volume.name.replace(".nii.gz", ".json"))
    others = sorted(path for path in out.rglob("*") if path.is_file())
    path = bench.choose((sidecar, sidecar, sidecar, volume, bench.choose(others)))
    actions: tuple[Callable[[Bench, Path], str], ...] = (_bytes, _bytes, _gone, _other)
    readable = path.suffix == ".json" and bench.random.random() < 0.8
    change = _json(bench, path) if readable else bench.choose(actions)(bench, path)
    words = cohort_words(templates / "study", Path("out"), templates)
    words = (*words, "--maps", *bench.choose(((), (), ("--overwrite",))))
    expected = {name: values(templates / "derivatives" / _volume(name)) for name in SUBJECTS}

    def same(outputs: Path) -> str:
        found = {name: values(outputs / "out" / _volume(name)) for name in SUBJECTS}
        equal = all(np.array_equal(expected[name], found[name]) for name in SUBJECTS)
        return "" if equal else "a damaged volume is kept as finished"

    command = Command(words, checks=(check_all, same), may_leave=("out/out/*",))
    return Case((change,), SAME, (command,))


def _volume(subject: str) -> str:
    return f"{subject}/anat/{subject}_res-x2_desc-sr_T2w.nii.gz"


def _other(bench: Bench, path: Path) -> str:
    """Replace a file by that of the other subject, where there is one."""
    other = Path(str(path).replace(SUBJECTS[0], SUBJECTS[1]))
    if other == path:
        return _bytes(bench, path)
    shutil.copy(other, path)
    return f"{path.name} of another subject"


def make_view(bench: Bench) -> Case:
    """Make a case of one mutated file of a result with maps, shown by the viewer."""
    folder = bench.outputs / "shown"
    if bench.random.random() < 0.5:
        shutil.copytree(bench.templates / "enhanced", folder)
        volume = folder / "sr.nii.gz"
        texts = [folder / "sr.json", folder / "sr.maps" / "maps.json"]
        volumes = sorted((folder / "sr.maps").glob("*.nii.gz"))
    else:
        shutil.copytree(bench.templates / "derivatives" / SUBJECTS[0] / "anat", folder)
        volume = folder / Path(_volume(SUBJECTS[0])).name
        texts = [volume.with_name(volume.name.replace(".nii.gz", ".json"))]
        volumes = sorted(set(folder.glob("*.nii.gz")) - {volume})
    change, meaning = _shown(bench, volume, texts, volumes)
    return Case((change,), meaning, (Command(("fetch", str(volume))),))


def _shown(
    bench: Bench, volume: Path, texts: list[Path], volumes: list[Path]
) -> tuple[str, Meaning]:
    """Mutate a text, the result or one of its maps."""
    if bench.random.random() < 0.7:
        return _json(bench, bench.choose(texts)), EITHER
    if bench.random.random() < 0.4:
        return bench.choose((_bytes, _gone, _linked))(bench, volume), LOUD
    path = bench.choose(volumes)
    action = bench.choose((_bytes, _gone, _linked))
    # The bytes of maps are not in question: they are shown, not read.
    return action(bench, path), EITHER if action is _bytes else LOUD
