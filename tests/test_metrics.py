"""PSNR and SSIM are Wang's and the paper's; scores report their slices and their range."""

import json
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crossres.metrics import psnr, score, ssim
from crossres.types import GridError, SettingsError, VolumeError
from crossres.volume import foreground_mask


@pytest.fixture
def images() -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(3)
    reference = ndimage.gaussian_filter(rng.random((3, 41, 53)), (0, 2, 2)) * 2000
    estimate = reference + rng.normal(0, 20, reference.shape)
    return torch.tensor(estimate)[:, None], torch.tensor(reference)[:, None]


def _skimage_ssim(estimate: torch.Tensor, reference: torch.Tensor, data_range: float):
    return structural_similarity(
        estimate.numpy(),
        reference.numpy(),
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.float16, 2e-3)]
)
def test_agrees_with_scikit_image(images, dtype, tolerance):
    estimate, reference = images
    ours = ssim(estimate.to(dtype), reference.to(dtype), data_range=1500.0, mask=None)
    decibels = psnr(estimate.to(dtype), reference.to(dtype), data_range=1500.0, mask=None)
    for n in range(len(ours)):
        theirs, _ = _skimage_ssim(estimate[n, 0], reference[n, 0], 1500.0)
        assert float(ours[n]) == pytest.approx(theirs, abs=tolerance)
        theirs = peak_signal_noise_ratio(
            reference[n, 0].numpy(), estimate[n, 0].numpy(), data_range=1500.0
        )
        assert float(decibels[n]) == pytest.approx(theirs, rel=tolerance)


def test_a_mask_averages_the_same_map(images):
    estimate, reference = images
    mask = torch.zeros(3, 1, 41, 53, dtype=torch.bool)
    mask[..., 8:30, 12:40] = True
    ours = ssim(estimate, reference, data_range=1500.0, mask=mask)
    for n in range(3):
        _, full = _skimage_ssim(estimate[n, 0], reference[n, 0], 1500.0)
        assert float(ours[n]) == pytest.approx(full[8:30, 12:40].mean(), abs=1e-12)


def test_a_full_mask_is_the_whole_image(images):
    everywhere = torch.ones(3, 1, 41, 53, dtype=torch.bool)
    for metric in (psnr, ssim):
        whole = metric(*images, data_range=1500.0, mask=None)
        torch.testing.assert_close(metric(*images, data_range=1500.0, mask=everywhere), whole)


def test_psnr_counts_only_the_mask(images):
    _, reference = images
    mask = torch.zeros(3, 1, 41, 53, dtype=torch.bool)
    mask[..., :20, :] = True
    estimate = torch.where(mask, reference + 10, reference + 500)
    value = psnr(estimate, reference, data_range=1000.0, mask=mask)
    torch.testing.assert_close(value, torch.full_like(value, 40.0))


def test_identical_images(images):
    _, reference = images
    assert torch.isposinf(psnr(reference, reference, data_range=1.0, mask=None)).all()
    assert torch.equal(
        ssim(reference, reference, data_range=1.0, mask=None), torch.ones(3, dtype=torch.float64)
    )


def test_the_scale_of_intensities_does_not_matter(images):
    estimate, reference = images
    for metric in (psnr, ssim):
        value = metric(estimate, reference, data_range=1500.0, mask=None)
        scaled = metric(estimate * 1e-3, reference * 1e-3, data_range=1.5, mask=None)
        torch.testing.assert_close(scaled, value)


def test_an_empty_mask_gives_nan(images):
    mask = torch.zeros(3, 1, 41, 53, dtype=torch.bool)
    assert torch.isnan(psnr(*images, data_range=1.0, mask=mask)).all()
    assert torch.isnan(ssim(*images, data_range=1.0, mask=mask)).all()


def test_range_and_mask_must_be_given(images):
    with pytest.raises(TypeError, match="data_range"):
        psnr(*images, mask=None)
    with pytest.raises(TypeError, match="mask"):
        ssim(*images, data_range=1.0)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("metric", [psnr, ssim])
def test_refuses_what_does_not_fit(images, metric):
    estimate, reference = images
    with pytest.raises(GridError, match="one shape"):
        metric(estimate[..., 1:], reference, data_range=1.0, mask=None)
    with pytest.raises(GridError, match="boolean mask"):
        metric(estimate, reference, data_range=1.0, mask=torch.ones(3, 1, 41, 53))
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(SettingsError, match="data_range"):
            metric(estimate, reference, data_range=bad, mask=None)


def test_ssim_refuses_slices_below_its_window():
    tiny = torch.zeros(1, 1, 10, 30)
    with pytest.raises(GridError, match="11 x 11"):
        ssim(tiny, tiny, data_range=1.0, mask=None)


@pytest.fixture
def ball() -> np.ndarray:
    """A textured, skull-stripped ball in a volume of 40 x 36 x 50."""
    rng = np.random.default_rng(5)
    i, j, k = np.ogrid[:40, :36, :50]
    inside = (i - 20) ** 2 + (j - 18) ** 2 + (k - 25) ** 2 < 15**2
    return np.where(inside, 500 + 100 * rng.random((40, 36, 50)), 0).astype(np.float32)


def test_scores_count_the_slices_with_enough_brain(ball):
    mask = foreground_mask(ball)
    scores = score(ball + 1, ball, mask=mask)
    fractions = mask.mean(axis=(0, 1))
    assert [row.index for row in scores.rows] == np.flatnonzero(fractions > 0.05).tolist()
    assert scores.data_range == ball.max()
    expected = 20 * np.log10(ball.max())
    assert all(row.psnr == pytest.approx(expected, abs=1e-4) for row in scores.rows)
    assert scores.sd["psnr"] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_scores_are_those_of_each_slice(ball, axis):
    mask = foreground_mask(ball)
    estimate = ndimage.gaussian_filter(ball, 0.7)
    scores = score(estimate, ball, mask=mask, axis=axis)
    row = scores.rows[len(scores.rows) // 2]
    x, y, inside = (
        torch.tensor(np.take(a, row.index, axis))[None, None] for a in (estimate, ball, mask)
    )
    span = float(ball.max())
    assert row.psnr == pytest.approx(float(psnr(x, y, data_range=span, mask=None)), abs=1e-4)
    assert row.ssim == pytest.approx(float(ssim(x, y, data_range=span, mask=None)), abs=1e-5)
    assert row.psnr_inside == pytest.approx(
        float(psnr(x, y, data_range=span, mask=inside)), abs=1e-4
    )
    assert row.ssim_inside == pytest.approx(
        float(ssim(x, y, data_range=span, mask=inside)), abs=1e-5
    )
    assert row.psnr_inside < row.psnr
    assert scores.mean["psnr"] == pytest.approx(np.mean([r.psnr for r in scores.rows]))
    assert scores.sd["ssim"] == pytest.approx(np.std([r.ssim for r in scores.rows], ddof=1))


def test_a_single_slice_has_no_standard_deviation(ball):
    mask = np.zeros(ball.shape, dtype=bool)
    mask[10:30, 10:30, 25] = True
    assert score(ball * 0.9, ball, mask=mask).sd == dict.fromkeys(
        ("psnr", "ssim", "psnr_inside", "ssim_inside"), 0.0
    )


def test_scores_become_json(ball):
    content = score(ball * 0.9, ball, mask=foreground_mask(ball)).to_dict()
    again = json.loads(json.dumps(content, allow_nan=False))
    assert again["slices"] == len(again["rows"]) > 10
    assert set(again["mean"]) == set(again["sd"])


@pytest.mark.usefixtures("unchecked")
def test_score_refuses_what_cannot_be_scored(ball):
    mask = foreground_mask(ball)
    with pytest.raises(GridError, match="one shape"):
        score(ball[1:], ball, mask=mask)
    with pytest.raises(VolumeError, match="more than 5 %"):
        score(ball, ball, mask=np.zeros(ball.shape, dtype=bool))
    with pytest.raises(VolumeError, match="maximum"):
        score(ball, ball * 0, mask=mask)


@pytest.mark.realdata
def test_a_real_volume_is_scored_fast_and_as_scikit_image_does(data_root: Path):
    path = data_root / "cohort" / "sub-01" / "anat" / "sub-01_T2w.nii.gz"
    reference = nib.load(path).get_fdata(dtype=np.float32)
    estimate = ndimage.gaussian_filter(reference, (1, 1, 0))
    mask = foreground_mask(reference)
    start = time.perf_counter()
    scores = score(estimate, reference, mask=mask)
    assert time.perf_counter() - start < 20
    row = scores.rows[60]
    x, y = (torch.tensor(a[..., row.index]) for a in (estimate, reference))
    whole, full = _skimage_ssim(x, y, scores.data_range)
    assert row.ssim == pytest.approx(whole, abs=1e-5)
    assert row.ssim_inside == pytest.approx(full[mask[..., row.index]].mean(), abs=1e-4)
    assert scores.mean["psnr_inside"] < scores.mean["psnr"]
