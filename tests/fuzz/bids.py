"""Mutations of BIDS datasets: JSON files, links, names, sessions, and files that are no scans."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib

from fuzz import damage
from fuzz.case import Bench, Case, Command, Meaning, Truth
from fuzz.oracle import coarsely_differs
from fuzz.scenes import head
from fuzz.templates import SUBJECTS, cohort_words

LOUD, SAME, HARMLESS = Meaning.LOUD, Meaning.SAME, Meaning.HARMLESS
Mutation = tuple[str, Meaning]
_ANNEX = "../../.git/annex/objects/MD5E-s1234--d41d8cd98f00b204e9800998ecf8427e.nii.gz"
_LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1234\n"


def _anat(root: Path, subject: str = SUBJECTS[0]) -> Path:
    return root / subject / "anat"


def _scan(bench: Bench, root: Path) -> Path:
    """Return a scan or a guide of the first subject."""
    return _anat(root) / f"{SUBJECTS[0]}_{bench.choose(('T2w', 'T2w', 'T1w'))}.nii.gz"


def _sidecar(bench: Bench, root: Path) -> Mutation:
    path = _anat(root) / f"{SUBJECTS[0]}_T2w.json"
    name = bench.choose(damage.TEXTS)
    path.write_bytes(damage.TEXTS[name](path.read_bytes(), bench.random))
    return f"sidecar: {name}", HARMLESS if name in damage.HARMLESS_TEXTS else SAME


def _inherited(bench: Bench, root: Path) -> Mutation:
    """Move the sidecar to the folder of the subject, or to the root."""
    name = bench.choose(("T2w.json", f"{SUBJECTS[0]}/{SUBJECTS[0]}_T2w.json"))
    (_anat(root) / f"{SUBJECTS[0]}_T2w.json").rename(root / name)
    return f"sidecar at {name}", HARMLESS


def _description(bench: Bench, root: Path) -> Mutation:
    path = root / "dataset_description.json"
    if bench.random.random() < 0.1:
        path.unlink()
        return "no description", SAME
    content, change = damage.mutate_json(path.read_bytes(), bench.random)
    path.write_bytes(content)
    return f"description: {change}", HARMLESS if change in damage.HARMLESS_TEXTS else SAME


def _links(bench: Bench, root: Path) -> Mutation:
    """Add links of folders in circles."""
    kind = bench.choose(("to the root", "two by two", "to itself", "many", "to /"))
    folder = _anat(root)
    if kind == "to the root":
        (folder / "loop").symlink_to("../..")
    elif kind == "two by two":
        for one, other in (("a", "b"), ("b", "a")):
            (root / one).mkdir()
            (root / one / f"to-{other}").symlink_to(f"../{other}")
    elif kind == "to itself":
        (folder / "self").symlink_to("self")
    elif kind == "many":
        for number in range(6):
            (root / f"sub-01/l{number}").symlink_to("..")
    else:
        (root / "sub-03").symlink_to(bench.templates)
    return f"links {kind}", SAME


def _linked_scan(bench: Bench, root: Path) -> Mutation:
    """Replace a scan by a link to it."""
    path = _scan(bench, root)
    kept = root / ".git" / "annex" / "objects" / path.name
    kept.parent.mkdir(parents=True)
    path.rename(kept)
    path.symlink_to(os.path.relpath(kept, path.parent))
    return "a link to the scan", HARMLESS


def _no_scan(bench: Bench, root: Path) -> Mutation:
    """Put something in the place of a scan that is none."""
    path = _scan(bench, root)
    path.unlink()
    kinds: dict[str, Callable[[], object]] = {
        "annex pointer": lambda: path.write_text("/annex/objects/" + _ANNEX[-50:] + "\n"),
        "lfs pointer": lambda: path.write_text(_LFS),
        "broken link": lambda: path.symlink_to(_ANNEX),
        "link to itself": lambda: path.symlink_to(path.name),
        "link to a folder": lambda: path.symlink_to("../.."),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "empty file": path.touch,
        "device": lambda: path.symlink_to("/dev/zero"),
        "random device": lambda: path.symlink_to("/dev/urandom"),
        "text": lambda: path.write_text("no image\n" * 100),
        "nothing": lambda: None,
    }
    kind = bench.choose(kinds)
    kinds[kind]()
    no_file = kind in ("nothing", "folder", "link to a folder")
    return f"{path.name[7:10]} is a {kind}", SAME if no_file else LOUD


def _names(bench: Bench, root: Path) -> Mutation:
    """Add scans under odd names."""
    name = bench.choose((
        "sub-01/anat/sub-01_acq-\udcfc_T2w.nii.gz", "sub-01/anat/sub-01 _T2w.nii.gz",
        "sub-01/anat/sub-01_acq-a\nb_T2w.nii.gz", "sub-01/anat/sub-01_ses-_T2w.nii.gz",
        "sub-01/anat/sub-02_T2w.nii.gz", "sub-01/anat/_T2w.nii.gz", "sub-/anat/sub-_T2w.nii.gz",
        "sub-\udcff/anat/sub-\udcff_T2w.nii.gz", "sub-01/anat/sub-01_T2W.NII.GZ",
        f"sub-01/anat/sub-01_acq-{'x' * 200}_T2w.nii.gz", "sub-01/anat/sub-01_run-x_T2w.nii.gz",
        "sub-01/anat/sub-01_run-99999999999999999999_T2w.nii.gz", "sub-01/anat/.sub-01_T2w.nii.gz",
        "sub-01/anat/sub-01_T2w_T2w.nii.gz", "sub-01/anat/sub-01_sub-02_T2w.nii.gz",
        "sub-é/anat/sub-é_T2w.nii.gz", "T2w.nii.gz", "sub-01/anat/sub-01_acq-[1]*?_T2w.nii.gz",
        "sub-01/anat/sub-01_acq-<b>_T2w.nii.gz", f"{'d/' * 100}sub-01_T2w.nii.gz",
    ))  # fmt: skip
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_anat(root) / f"{SUBJECTS[0]}_T2w.nii.gz", path)
    return f"a scan named {name[-40:]!r}", SAME


def _sessions(bench: Bench, root: Path) -> Mutation:
    """Move scan or guide of one subject to a session."""
    path = _scan(bench, root)
    new = root / SUBJECTS[0] / "ses-1" / "anat" / path.name.replace("sub-01_", "sub-01_ses-1_")
    new.parent.mkdir(parents=True)
    path.rename(new)
    return f"{path.name[7:10]} in a session", SAME


def _tables(bench: Bench, root: Path) -> Mutation:
    """Add tables and lists whose content is odd."""
    name = bench.choose(("participants.tsv", ".bidsignore", "participants.json", "README",
                         "sub-01/sub-01_scans.tsv"))  # fmt: skip
    (root / name).write_bytes(bench.choose((b"\xff\xfe\x00", b"", b"[" * 50000, b"**\n[\n!")))
    return f"{name} is odd", SAME


_MUTATIONS = (_sidecar, _sidecar, _inherited, _description, _description, _links, _links,
              _linked_scan, _no_scan, _no_scan, _names, _names, _sessions, _tables)  # fmt: skip


def make(bench: Bench) -> Case:
    """Make a case of one mutated dataset."""
    root = bench.inputs / "study"
    shutil.copytree(bench.templates / "study", root)
    change, meaning = bench.choose(_MUTATIONS)(bench, root)
    words = cohort_words(root, Path("out"), bench.templates)
    check = check_all if meaning is HARMLESS else check_results
    leave = ("out/out*", "out/out/*")
    listed = Command((*words, "--dry-run"), lists=True)
    options = ((listed,), (Command(words, checks=(check,), may_leave=leave),))
    return Case((change,), meaning, options[int(bench.random.random() < 0.8)])


def check_all(outputs: Path) -> str:
    """Return what is wrong with the results of both subjects."""
    made = [name for name in SUBJECTS if _result(outputs, name).exists()]
    return check_results(outputs) or ("" if len(made) == 2 else f"results of {made} alone")


def _result(outputs: Path, subject: str) -> Path:
    return outputs / "out" / subject / "anat" / f"{subject}_res-x2_desc-sr_T2w.nii.gz"


def check_results(outputs: Path) -> str:
    """Return what is wrong with the results that are there: values, place, statements."""
    for seed, subject in enumerate(SUBJECTS):
        path = _result(outputs, subject)
        sidecar = path.with_name(path.name.replace(".nii.gz", ".json"))
        if path.exists() != sidecar.exists():
            return f"a volume without its sidecar, or one without the other: {subject}"
        if path.exists():
            image = nib.load(path)
            found = Truth(image.get_fdata(), image.affine)
            if complaint := coarsely_differs(head(seed=seed), found):
                return f"{subject}: {complaint}"
            # Every scan of the dataset is skull-stripped, by its sidecar.
            if json.loads(sidecar.read_bytes(), parse_int=float).get("SkullStripped") is False:
                return f"{subject}: SkullStripped is stated as false"
    return ""
