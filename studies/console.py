"""Progress of long studies, for logs."""

from __future__ import annotations

import time

import typer


class PrintProgress:
    """A line every so many steps: for runs whose output goes to a file."""

    def __init__(self, every: int = 100) -> None:
        self.every, self.start = every, time.perf_counter()

    def __call__(self, done: int, steps: int) -> None:
        """Print every n-th step."""
        if done % self.every == 0:
            typer.echo(f"step {done}/{steps}, {time.perf_counter() - self.start:.0f} s", err=True)
