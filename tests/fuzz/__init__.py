"""Seeded mutations of every kind of input, run through the command line and judged.

A case is determined by its kind and its seed. ``python -m studies.fuzz --kind nifti --seed 123``
makes one case again and keeps its files; the tests here run a few hundred of them.
"""
