"""The acquisition operator is linear, has its adjoint, keeps constants, has the stated width."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossres.physics import Acquisition
from crossres.physics.axes import profile_matrix
from crossres.types import GridError
from crossres.volume import Grid, Profile, with_slice_profile

FACTORS = [2, 4, 2 ** (1 / 3), 3.3, (2, 2, 1), (1, 1, 4), (4, 2, 1), 1]
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}


def acquisition(shape, factors, **options) -> Acquisition:
    fine = Grid(shape, np.diag([0.8, 1.1, 0.9, 1.0]))
    return Acquisition(fine, fine.coarsened(factors), **options)


def images(a: Acquisition, dtype=torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    x = torch.randn(2, 3, *a.fine.shape, dtype=dtype)
    return x, torch.randn(2, 3, *a.coarse.shape, dtype=dtype)


def adjoint_error(a: Acquisition, dtype: torch.dtype) -> float:
    """Return |<Ax, y> - <x, A^T y>| / (||Ax|| ||y||), the sums taken in double."""
    x, y = images(a, dtype)
    ax, aty = a.forward(x).double(), a.adjoint(y).double()
    difference = (ax * y).sum() - (x * aty).sum()
    return float(difference.abs() / (ax.norm() * y.double().norm()))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("factors", FACTORS)
def test_adjoint(factors, dtype):
    assert adjoint_error(acquisition((24, 21, 16), factors), dtype) < TOLERANCE[dtype]


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(2, 20), st.integers(2, 20), st.integers(1, 6)),
    st.tuples(st.floats(1, 4), st.floats(1, 4), st.just(1.0)),
)
def test_laws_at_any_shape_and_factor(shape, factors):
    a = acquisition(shape, factors)
    assert adjoint_error(a, torch.float64) < 1e-12
    ones = torch.ones(1, 1, *shape, dtype=torch.float64)
    coarse = torch.ones(1, 1, *a.coarse.shape, dtype=torch.float64)
    torch.testing.assert_close(a.forward(ones), coarse, rtol=0, atol=1e-12)
    torch.testing.assert_close(a.upsample(coarse), ones, rtol=0, atol=1e-12)


@pytest.mark.parametrize("factors", FACTORS)
@pytest.mark.parametrize("name", ["forward", "adjoint", "upsample", "solve"])
def test_linearity(factors, name):
    a = acquisition((16, 13, 8), factors)
    one = images(a)[name != "forward"]
    other = torch.randn_like(one)
    apply = getattr(a, name)
    together = apply(2.5 * one - 0.5 * other)
    torch.testing.assert_close(together, 2.5 * apply(one) - 0.5 * apply(other))


def half_width(positions: np.ndarray, response: np.ndarray) -> float:
    """Return the full width at half maximum, crossings found by linear interpolation."""
    half = response.max() / 2
    peak = int(response.argmax())
    left = np.interp(half, response[: peak + 1], positions[: peak + 1])
    right = np.interp(-half, -response[peak:], positions[peak:])
    return float(right - left)


@pytest.mark.parametrize("coarse_size", [8, 11])
def test_measured_width_is_the_coarse_spacing(coarse_size):
    size, spacing = 1200, 0.05
    fine = Grid((size, 1, 1), np.diag([spacing, 1, 1, 1]))
    coarse = fine.with_shape((coarse_size, 1, 1))
    impulses = torch.eye(size, dtype=torch.float64)[:, None, :, None]
    responses = Acquisition(fine, coarse).forward(impulses)[:, 0, :, 0].numpy()
    positions = np.arange(size) * spacing
    widths = [half_width(positions, responses[:, m]) for m in range(1, coarse_size - 1)]
    np.testing.assert_allclose(widths, coarse.spacing[0], rtol=0.01)


def test_the_width_can_be_given():
    fine = Grid((900, 1, 1), np.diag([0.1, 1, 1, 1]))
    a = Acquisition(fine, fine.with_shape((9, 1, 1)), fwhm=(4.0, 0.0, 0.0))
    delta = torch.zeros(1, 1, 9, 1, dtype=torch.float64)
    delta[0, 0, 4] = 1
    row = a.adjoint(delta).flatten().numpy()
    assert half_width(np.arange(900) * 0.1, row) == pytest.approx(4.0, rel=0.01)


@pytest.mark.parametrize("width", [0.0, -1.0, np.nan])
def test_a_coarser_axis_needs_a_width(width):
    with pytest.raises(GridError, match="give a width above 0"):
        acquisition((8, 8, 4), (2, 2, 1), fwhm=(width, 2.0, 0.0))


def test_a_profile_between_the_voxels_is_refused():
    a = acquisition((8, 8, 4), (2, 2, 1), fwhm=(0.1, 2.0, 0.0))
    with pytest.raises(GridError, match="falls between the voxels"):
        a.forward(torch.zeros(1, 1, 8, 8, 4))


def test_what_it_samples_stays_where_it_was():
    a = acquisition((60, 48, 1), (3, 4, 1))
    where = [
        torch.linspace(-(n - 1) / 2 / n, (n - 1) / 2 / n, n, dtype=torch.float64)
        for n in (*a.fine.shape[:2], *a.coarse.shape[:2])
    ]
    ramp = (where[0][:, None] + 2 * where[1])[None, None]
    expected = where[2][:, None] + 2 * where[3]
    inside = slice(3, -3)  # at the edges a part of the profile is missing
    got = a.forward(ramp)[0, 0]
    torch.testing.assert_close(got[inside, inside], expected[inside, inside])
    up = a.upsample(expected[None, None])[0, 0]
    torch.testing.assert_close(up[12:-12, 12:-12], ramp[0, 0, 12:-12, 12:-12])


@pytest.mark.parametrize("factors", [(2, 3, 1), (3.3, 4, 1)])
@pytest.mark.parametrize("name", ["forward", "adjoint", "upsample", "solve"])
def test_a_mirror_image_stays_one(factors, name):
    a = acquisition((30, 24, 1), factors)
    image = images(a)[name != "forward"][..., 0]
    apply = getattr(a, name)
    torch.testing.assert_close(apply(image.flip(2, 3)), apply(image).flip(2, 3))


def test_an_unchanged_axis_is_left_alone():
    a = acquisition((16, 12, 5), (2, 2, 1))
    x, _ = images(a)
    for k in range(5):
        alone = a.forward(x[..., k])
        torch.testing.assert_close(a.forward(x)[..., k], alone, rtol=0, atol=1e-14)
    same = acquisition((6, 5, 4), 1)
    x, _ = images(same)
    for result in (same.forward(x), same.adjoint(x), same.upsample(x), same.solve(x)):
        torch.testing.assert_close(result, x, rtol=0, atol=0)


def test_a_width_blurs_an_unchanged_axis():
    grid = Grid((21, 21, 3), np.eye(4))
    blur = Acquisition(grid, grid, fwhm=(1.0, 1.0, 0.0))
    x = torch.zeros(1, 1, 21, 21)
    x[..., 10, 10] = 1
    blurred = blur.forward(x)
    assert 0 < blurred[0, 0, 10, 10] < 0.9
    assert float(blurred.sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("factors", [(2, 2, 1), (3.3, 2 ** (1 / 3), 1)])
@pytest.mark.parametrize("name", ["forward", "adjoint", "upsample", "solve"])
def test_slices_and_volumes_agree(factors, name):
    a = acquisition((18, 15, 4), factors)
    volume = images(a)[name != "forward"]
    slices = volume[:, 0].movedim(-1, 1).flatten(0, 1)[:, None]
    apply = getattr(a, name)
    expected = apply(volume)[:, 0].movedim(-1, 1).flatten(0, 1)[:, None]
    torch.testing.assert_close(apply(slices), expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_dtype_is_kept(dtype):
    a = acquisition((8, 8, 4), 2)
    x, y = (image.to(dtype) for image in images(a))
    results = [a.forward(x), a.adjoint(y), a.upsample(y), a.solve(y)]
    assert {result.dtype for result in results} == {dtype}
    torch.testing.assert_close(
        results[0].double(), a.forward(x.double()), rtol=0, atol=8 * torch.finfo(dtype).eps
    )


def test_gradients_flow_through_it():
    a = acquisition((8, 6, 4), 2)
    x, y = images(a)
    x.requires_grad_()
    (a.forward(x) * y).sum().backward()
    torch.testing.assert_close(x.grad, a.adjoint(y))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_solve_inverts(noise):
    a = acquisition((16, 12, 6), (2, 3.3, 1))
    _, y = images(a)
    torch.testing.assert_close(
        a.forward(a.adjoint(a.solve(y, noise))) + noise * a.solve(y, noise), y
    )


@pytest.mark.parametrize("factor", [2, 4])
def test_is_well_conditioned(factor):
    values = acquisition((48, 48, 1), (factor, factor, 1)).eigenvalues
    eigenvalues = np.multiply.outer(values[0], values[1])
    assert eigenvalues.max() / eigenvalues.min() < 10


@pytest.mark.parametrize("thickness", [0.5, 1.0, 1.5, 2.0, 2.5])
def test_noise_is_not_amplified_however_thick_the_slices_are(thickness):
    fine = Grid((2, 2, 80), np.eye(4))
    a = Acquisition(fine, with_slice_profile(fine.coarsened((1, 1, 2)), 2 * thickness))
    noise = torch.randn(1, 1, 2, 2, 40, generator=torch.Generator().manual_seed(0))
    change = a.adjoint(a.solve(noise))
    assert change.std() < 4 * noise.std()
    if thickness <= 1.5:
        torch.testing.assert_close(a.forward(change), noise, atol=1e-4, rtol=0)


def test_empty_background_stays_empty():
    a = acquisition((64, 64, 1), (4, 4, 1))
    x = torch.zeros(1, 1, 64, 64)
    x[..., 28:36, 28:36] = 1
    y = a.forward(x)
    assert (y[..., :3, :] == 0).all()
    assert (y[..., -3:] == 0).all()


def test_the_profile_is_that_of_the_coarse_grid():
    fine = Grid((8, 8, 60), np.diag([1.0, 1.0, 0.1, 1.0]))
    thick = with_slice_profile(fine.coarsened((1, 1, 10)), 0.5, shape="slab")
    a = Acquisition(fine, thick)
    assert a.fwhm == (0.0, 0.0, 0.5)
    seen = profile_matrix(a.axes[2])[3]
    assert np.count_nonzero(seen > 0.95 * seen.max()) * 0.1 == pytest.approx(0.3, abs=0.11)
    assert np.count_nonzero(seen > 0.5 * seen.max()) * 0.1 == pytest.approx(0.5, abs=0.11)


def test_truncated_k_space_keeps_its_frequencies_and_no_others():
    fine = Grid((96, 4, 4), np.eye(4))
    coarse = fine.coarsened((2, 1, 1))
    sinc = Profile(shape="band-limited")
    a = Acquisition(fine, Grid(coarse.shape, coarse.affine, (sinc, Profile(), Profile())))
    inside = slice(12, -12)
    for cycles, kept in ((3, 1.0), (20, 1.0), (40, 1.0), (56, 0.0), (80, 0.0)):
        fine_wave, coarse_wave = (
            torch.from_numpy(np.cos(np.pi * cycles * (np.arange(n) + 0.5) / n)) for n in (96, 48)
        )
        x = fine_wave[:, None, None].expand(1, 1, 96, 4, 4)
        seen = a.forward(x)[0, 0, :, 0, 0]
        torch.testing.assert_close(seen[inside], kept * coarse_wave[inside], atol=0.05, rtol=0)
    y = torch.rand(1, 1, 48, 4, 4, dtype=torch.float64)
    x = torch.rand(1, 1, 96, 4, 4, dtype=torch.float64)
    assert float((a.forward(x) * y).sum()) == pytest.approx(float((x * a.adjoint(y)).sum()))
    back = x + a.adjoint(a.solve(y - a.forward(x)))
    torch.testing.assert_close(a.forward(back), y)


def test_grids_must_belong_together():
    fine = Grid((8, 8, 4), np.eye(4))
    with pytest.raises(GridError, match="same axes and field of view"):
        Acquisition(fine, Grid((4, 4, 4), np.eye(4)))
    with pytest.raises(GridError, match=r"more voxels than \(8, 8, 4\)"):
        Acquisition(fine, fine.refined((2, 2, 1)))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(1, 1, 8, 7), (1, 1, 8, 8, 3), (8, 8), (1, 1, 4, 4)])
def test_tensors_must_fit(shape):
    a = acquisition((8, 8, 4), (2, 2, 1))
    with pytest.raises(GridError, match=r"wanted a tensor \(b, c, ...\) over \(8, 8, 4\)"):
        a.forward(torch.zeros(shape))


def test_slices_need_an_unchanged_k():
    a = acquisition((8, 8, 4), (1, 1, 2))
    with pytest.raises(GridError, match="leaves the k axis alone"):
        a.forward(torch.zeros(1, 1, 8, 8))
