"""The benchmark of blending runs at the smallest size."""

from studies import benchmark_blending


def test_the_ratio_is_that_of_the_medians(monkeypatch) -> None:
    monkeypatch.setattr(benchmark_blending, "SHAPE", (16, 16, 1))
    monkeypatch.setattr(benchmark_blending, "ROUNDS", 1)
    found = benchmark_blending.ratio(2)
    assert found["ratio"] == found["blended"] / found["guided"]
