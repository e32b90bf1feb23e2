"""Values that a shell completes where an option takes more than a fixed set of words."""

from __future__ import annotations


def complete_weights(incomplete: str) -> list[str]:
    """Return the shipped weights that begin with the last of the names that were typed.

    Args:
        incomplete: The text so far: the begin of a name, after others with commas or alone.

    Returns:
        Whole texts; none for the begin of a file, which the shell completes itself.

    Example:
        >>> complete_weights("t1-t2-axial-x4,t2-through-plane-x5")
        ['t1-t2-axial-x4,t2-through-plane-x5']
    """
    from crossres.weights.index import shipped_names

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in shipped_names() if name.startswith(last)]


def complete_device(incomplete: str) -> list[str]:
    """Return the kinds of devices that begin with a text; whether one is present is not checked.

    Args:
        incomplete: The text so far.

    Returns:
        Names; one of several GPUs has no completion, since shells end words at its colon.

    Example:
        >>> complete_device("c")
        ['cpu', 'cuda']
    """
    from crossres.inference.settings import DEVICES

    return [name for name in DEVICES.split("|") if name.startswith(incomplete) and ":" not in name]
