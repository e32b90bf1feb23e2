"""A nipype interface of ``crossres enhance``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nipype.interfaces.base import CommandLine, CommandLineInputSpec, File, TraitedSpec, traits

from crossres.files.outputs import REPORT_ENDING, beside


class EnhanceInputSpec(CommandLineInputSpec):  # type: ignore[misc]
    """Inputs of :class:`EnhanceInterface`: the options of ``crossres enhance``."""

    in_file = File(
        exists=True, mandatory=True, argstr="%s", position=0, desc="the scan that is enhanced"
    )
    guide = File(exists=True, argstr="--guide %s", desc="finer scan of the same subject")
    out_file = File(
        argstr="-o %s", name_source=["in_file"], name_template="%s_sr.nii.gz",
        keep_extension=False, desc="the result",
    )  # fmt: skip
    factor = traits.List(
        traits.Float(), minlen=1, maxlen=3, argstr="--factor %s", sep=",", xor=["spacing"],
        desc="fine voxels per voxel, along i, j, k",
    )  # fmt: skip
    spacing = traits.List(
        traits.Float(), minlen=1, maxlen=3, argstr="--spacing %s", sep=",", xor=["factor"],
        desc="voxel size of the result, mm",
    )  # fmt: skip
    weights = traits.Str(argstr="--weights %s", desc="name of shipped weights, or a file")
    no_register = traits.Bool(argstr="--no-register", desc="headers are right; do not register")
    report = traits.Bool(argstr="--report", desc="also make a report")
    device = traits.Str(argstr="--device %s", desc="auto, cpu, cuda or cuda:0")


class EnhanceOutputSpec(TraitedSpec):  # type: ignore[misc]
    """Outputs of :class:`EnhanceInterface`."""

    out_file = File(exists=True, desc="the result")
    out_json = File(exists=True, desc="what was done, and the data-consistency error")
    out_report = File(desc="the report, if one was requested")


class EnhanceInterface(CommandLine):  # type: ignore[misc]
    """Enhance a scan with the guide of the same subject, as ``crossres enhance`` does.

    Other options of the command line are given as ``args``.

    Example:
        >>> node = EnhanceInterface(factor=[2, 2, 1], report=True, args="--noise 0")
        >>> node.inputs.in_file, node.inputs.guide = "T2.nii.gz", "T1.nii.gz"  # doctest: +SKIP
        >>> node.cmdline  # doctest: +SKIP
        'crossres enhance T2.nii.gz --factor 2.0,2.0,1.0 --guide T1.nii.gz -o T2_sr.nii.gz --report'
    """

    _cmd = "crossres enhance"
    input_spec = EnhanceInputSpec
    output_spec = EnhanceOutputSpec

    def _list_outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = super()._list_outputs()
        volume = Path(outputs["out_file"]).resolve()
        outputs["out_json"] = str(beside(volume, ".json"))
        if self.inputs.report:
            outputs["out_report"] = str(beside(volume, REPORT_ENDING))
        return outputs
