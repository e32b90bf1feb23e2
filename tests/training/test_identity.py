"""An option that is added later, off unless asked for, changes no address and no purpose."""

from dataclasses import dataclass, field

from crossres.training.identity import non_default


@dataclass(frozen=True)
class Inner:
    width: int
    turns: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=lambda: Inner(3))
    rate: float = 0.1


def test_an_option_at_its_default_leaves_the_address() -> None:
    assert non_default(Outer()) == {}
    assert non_default(Inner(3)) == {"width": 3}
    assert non_default(Outer(Inner(4, (2,)), 0.2)) == {
        "inner": {"width": 4, "turns": (2,)},
        "rate": 0.2,
    }
    assert non_default({"blocks": 4}) == {"blocks": 4}
