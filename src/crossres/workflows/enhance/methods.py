"""A paragraph for the methods section of a publication, from what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crossres.inference import Candidate, Enhanced
from crossres.inference.noise import needs_denoising
from crossres.io import Input
from crossres.report import Inferred, guide_motion, percent, versions
from crossres.weights.choose import WeightsCandidate
from crossres.workflows.enhance.request import Request, known_contrasts

REFERENCES = (
    "Iwamoto Y, Takeda K, Li Y, Shiino A, Chen Y-W. Unsupervised MRI Super Resolution Using Deep "
    "External Learning and Guided Residual Dense Network With Multimodal Image Priors. IEEE "
    "Transactions on Emerging Topics in Computational Intelligence 7(2):426-435, 2023, doi "
    "10.1109/TETCI.2022.3215137.",
    "Mattes D, Haynor DR, Vesselle H, Lewellen TK, Eubank W. PET-CT image registration in the "
    "chest using free-form deformations. IEEE Transactions on Medical Imaging 22(1):120-128, 2003, "
    "doi 10.1109/TMI.2003.809072.",
)
_AGREEMENT = {
    "exact": "projected onto the scan in closed form, within bounds on its intensities",
    "iterative": "made to agree with the scan by iterative back-projection (eq. 6 of [1])",
    "none": "not made to agree with the scan (no back-projection)",
}


def methods_text(
    request: Request,
    inputs: Mapping[str, Input],
    enhanced: Enhanced,
    inferred: Inferred | None,
) -> str:
    """Return a paragraph that states what was done, with versions and numbers.

    Args:
        request: The request.
        inputs: The scans by role; their names state the contrasts where the request does not.
        enhanced: The result.
        inferred: What of it is determined by the scan; None where that was not measured.

    Returns:
        Sentences that end with the numbers of :data:`REFERENCES`.
    """
    names = {role: found.name for role, found in inputs.items()}
    target, guide = known_contrasts(request.contrasts, names)
    sentences = [
        _scan_sentence(enhanced, target), _profile_sentence(enhanced), _noise_sentence(enhanced),
        _guide_sentence(enhanced, guide), _weights_sentence(enhanced),
        _agreement_sentence(enhanced, inferred), _software_sentence(inputs, enhanced),
    ]  # fmt: skip
    return " ".join(sentence for sentence in sentences if sentence)


def _scan_sentence(enhanced: Enhanced, contrast: str | None) -> str:
    scan, fine = enhanced.aligned.pair.target.grid, enhanced.pair.fine
    named = "scan" if contrast is None else f"{contrast} scan"
    others = len(enhanced.scans) - 1
    several = f", together with {others} more of its contrast," if others > 0 else ""
    return (
        f"The {named} (voxels of {_mm(scan.spacing)}){several} was enhanced to voxels of "
        f"{_mm(fine.spacing)} with crossres {versions()['crossres']}, an implementation of guided "
        "unsupervised super-resolution [1]."
    )


def _profile_sentence(enhanced: Enhanced) -> str:
    found = enhanced.plane_profile.description
    return f"The profile of its voxels in the plane was {found}." if found else ""


def _noise_sentence(enhanced: Enhanced) -> str:
    if not needs_denoising(enhanced.noise):
        return ""
    return (
        f"Noise of {percent(enhanced.noise.share)} of the bright tissue was estimated, and most of "
        "it removed before."
    )


def _guide_sentence(enhanced: Enhanced, contrast: str | None) -> str:
    if enhanced.aligned.pair.guide is None:
        return "No guide was used."
    named = "A guide" if contrast is None else f"The {contrast} scan of the same subject"
    if enhanced.guide_left_out:
        return f"{named} was left out, since it did not fit in a self-validation on the scan."
    moved = guide_motion(enhanced.aligned)
    if moved is None:
        return f"{named} served as guide, placed by its header."
    words = (
        f"mean displacement in the head {moved.displacement_mm:.2f} mm, rotation "
        f"{moved.rotation_deg:.2f} degrees"
    )
    if enhanced.aligned.given is not None:
        return f"{named} served as guide, moved by a rigid transform that was given ({words})."
    if not moved.displacement_mm:
        return f"{named} served as guide; rigid registration [2] kept the position of its header."
    return f"{named} served as guide, registered rigidly [2] ({words})."


def _weights_sentence(enhanced: Enhanced) -> str:
    chosen = [done.choice for done in enhanced.passes]
    used = [each for one in chosen for each in (one.candidate, one.unguided) if each is not None]
    return f"Networks: {'; '.join(dict.fromkeys(map(_weights, used)))}."


def _weights(candidate: Candidate) -> str:
    if not isinstance(candidate, WeightsCandidate):
        return candidate.name
    return f"{candidate.name} (SHA-256 {candidate.sha256[:12]})"


def _agreement_sentence(enhanced: Enhanced, inferred: Inferred | None) -> str:
    errors = enhanced.consistency
    text = (
        f"The result was {_AGREEMENT[enhanced.passes[-1].back_projection.kind]}; acquired again in "
        f"simulation it differs from the scan by {percent(errors.result)} (cubic interpolation: "
        f"{percent(errors.interpolation)})."
    )
    if inferred is None:
        return text
    return (
        f"{text} Of its edge energy {percent(inferred.edge_share_from_scan)} is determined by the "
        f"scan; the inferred part has a root mean square of {percent(inferred.rms)} of the tissue "
        "contrast."
    )


def _software_sentence(inputs: Mapping[str, Input], enhanced: Enhanced) -> str:
    """Return the versions of Python, and of the libraries that were used."""
    registered = enhanced.aligned.registration is not None
    files = [found.path for found in inputs.values() if found.series is None]
    read = any(path.suffix.lower() != ".nrrd" for path in files)
    used = [
        "PyTorch {torch}", "NumPy {numpy}",
        *["SimpleITK {SimpleITK}"] * registered, *["NiBabel {nibabel}"] * read,
    ]  # fmt: skip
    return f"Software: Python {{python}}, {', '.join(used)}.".format(**versions())


def _mm(values: Iterable[float]) -> str:
    return f"{' x '.join(f'{value:.3g}' for value in values)} mm"
