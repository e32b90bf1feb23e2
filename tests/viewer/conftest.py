"""A small result with its maps, made by hand, and a viewer that serves it."""

import http.client
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from crossres.files import sha256
from crossres.io import write
from crossres.report import Maps, MapVolume, ResultVolume, write_maps
from crossres.viewer import Viewer, open_result
from crossres.volume import Grid, Volume

TITLES = {
    "input": "Scan", "interpolated": "Interpolated (cubic)", "guide": "Guide",
    "difference": "Added detail", "residual": "Residual", "uncertainty": "Standard deviation",
}  # fmt: skip
SIDECAR = {
    "created": "2026-11-25T12:00:00+00:00",
    "inputs": {"target": {"file": "T2.nii.gz"}, "guide": {"file": "T1.nii.gz"}},
    "weights": "t1-t2-axial-x2",
    "factors": [2.0, 2.0, 1.0],
    "consistency": {"interpolation": 0.0742, "result": 0.0031},
    "warnings": ["the guide shows 93% of the head; <b>beyond it</b> the result is unguided"],
    "grids": {"target": {"spacing_mm": [4, 4, 3]}, "result": {"spacing_mm": [2, 2, 3]}},
    "registration": {
        "displacement_mm": 2.5, "rotation_deg": 1.25, "translation_mm": [30.0, 40.0, 0.0],
    },
    "timings_seconds": {"total": 12.3},
    "versions": {"crossres": "0.1.0"},
}  # fmt: skip
SCAN, GUIDE = "intensity of the scan", "intensity of the guide"
IN_PLANE, THICK = (2, 2, 1), (1, 1, 2)
VERDICT = {"level": "good", "headline": "The result agrees with the scan", "meaning": "Within 1 %."}


def grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Grid:
    """Return an oblique grid whose field of view is around 5, -3, 2 mm."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("zx", (10, 6), degrees=True).as_matrix() * spacing
    affine[:3, 3] = (5, -3, 2) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


def head(where: Grid, seed: int) -> Volume:
    """Return an ellipsoid with blobs in it, and 0 around it."""
    blobs = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=where.shape), 1.5)
    places = np.meshgrid(*(np.linspace(-1, 1, n) for n in where.shape), indexing="ij")
    inside = sum(place**2 for place in places) < 0.9
    return Volume(np.where(inside, 500 + 1500 * blobs, 0).clip(0), where)


def make_result(folder: Path, factors: tuple[int, int, int], *, guided: bool = True) -> Path:
    """Write SR.nii.gz, SR.json and SR.maps; return the volume's path."""
    fine = grid((32, 40, 12), (2, 2, 3))
    coarse = fine.coarsened(factors)
    estimate, guide = head(fine, 0), head(fine, 1)
    smooth = estimate.with_data(ndimage.gaussian_filter(estimate.data, 1))
    shown: dict[str, tuple[str, str, tuple[float, float], Volume]] = {
        "input": ("image", "gray", (0, 1000), head(coarse, 0)),
        "interpolated": ("image", "gray", (0, 1000), smooth),
        # Other viewers and tools store axes in other orders.
        "guide": ("image", "gray", (0, 1500), guide.reordered((2, 0, 1), (True, False, True))),
        "difference": (
            "map", "diverging", (-200, 200), estimate.with_data(estimate.data - smooth.data),
        ),
        "residual": ("map", "diverging", (-50, 50), Volume(np.zeros(coarse.shape), coarse)),
        "uncertainty": ("map", "viridis", (0, 100), guide),
    }  # fmt: skip
    if not guided:
        del shown["guide"]
    result, maps = folder / "SR.nii.gz", folder / "SR.maps"
    write(estimate, result)
    (folder / "SR.json").write_text(json.dumps(SIDECAR))
    maps.mkdir()
    entries = [
        MapVolume(file=f"{name}.nii.gz", role=role, title=TITLES[name], colormap=colours,
                  range=ends, unit=GUIDE if name == "guide" else SCAN, meaning="For tests.",
        )  # type: ignore[arg-type]
        for name, (role, colours, ends, _) in shown.items()
    ]  # fmt: skip
    for entry, (*_, volume) in zip(entries, shown.values(), strict=True):
        write(volume, maps / entry.file)
    own = ResultVolume(
        title="Result", unit=SCAN, colormap="gray", range=(0, 1000), meaning="For tests.",
        sha256=sha256(result),
    )  # fmt: skip
    write_maps(Maps(result=own, verdict=VERDICT, volumes=tuple(entries)), maps)
    return result


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_result(tmp_path_factory.mktemp("made"), IN_PLANE)


@pytest.fixture(scope="session")
def thick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result of a scan with thick axial slices, without a guide."""
    return make_result(tmp_path_factory.mktemp("thick"), THICK, guided=False)


@pytest.fixture
def result(made: Path, tmp_path: Path) -> Path:
    """Return a result of the test's own."""
    folder = tmp_path / "result"
    shutil.copytree(made.parent, folder)
    return folder / made.name


@contextmanager
def _running(result: Path) -> Iterator[Viewer]:
    viewer = Viewer(open_result(result))
    thread = threading.Thread(target=viewer.run)
    thread.start()
    try:
        yield viewer
    finally:
        viewer.stop()
        thread.join(60)


@pytest.fixture(scope="session")
def running() -> Callable[[Path], AbstractContextManager[Viewer]]:
    """Return a function that serves a result until its block ends."""
    return _running


@pytest.fixture
def viewer(result: Path) -> Iterator[Viewer]:
    with _running(result) as viewer:
        yield viewer


class Answer:
    """Status, headers and body of a response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


Get = Callable[..., Answer]


@pytest.fixture
def get(viewer: Viewer) -> Get:
    """Return a function that sends a path exactly as it is given; httpx and urllib tidy it up."""

    def send(path: str, *, method: str = "GET", host: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", viewer.port, timeout=60)
        connection.putrequest(method, path, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return send


@pytest.fixture
def base(viewer: Viewer) -> str:
    """The path that begins with the right token."""
    return "/" + viewer.url.split("/", 3)[3]
