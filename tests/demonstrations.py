"""A demonstration of small phantoms, whose test phantom is still thick enough for registration."""

from functools import partial

from crossres.workflows.demo import Demonstration

small_demonstration = partial(
    Demonstration, shape=(88, 104, 88), spacing=2.0, slices=(46, 48), unseen_slices=(33, 57)
)
