"""The loop lowers the loss, is reproducible, and resumes exactly where it was stopped."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import nn

from crossres.training import TrainingSettings, loop, train
from crossres.training.adversary import Adversarial
from crossres.training.checkpoint import is_finite, read_checkpoint
from crossres.training.deadline import OutOfTime, time_limit
from crossres.training.loop import Training
from crossres.types import OutputWriteError, SettingsError, TrainingError

TOY = TrainingSettings(steps=20, epoch=5, rate=1e-2, schedule="plateau", agree=False)
CRITIC = Adversarial(weight=0.1, rate=1e-3, width=2)


class Enhancer(nn.Module):
    """A small network with everything that a checkpoint needs: normalisation and weights."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.layers = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 1, 1)
        )

    def forward(self, upsampled, guide):
        return upsampled + self.layers(torch.cat([upsampled, guide], dim=1))


@dataclass
class ToyBatch:
    """The target is the input and a quarter of the guide."""

    upsampled: torch.Tensor
    guide: torch.Tensor

    @property
    def target(self):
        return self.upsampled + self.guide / 4

    def back_project(self, estimate):
        return estimate * 0 + self.target


def draw(generator: torch.Generator) -> ToyBatch:
    upsampled, guide = torch.rand(2, 3, 1, 8, 8, generator=generator)
    return ToyBatch(upsampled, guide)


def weights(network: nn.Module) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in network.state_dict().values()])


def stop_at(step: int):
    def progress(done: int, _: int) -> None:
        if done == step:
            raise KeyboardInterrupt

    return progress


def train_interrupted(settings: TrainingSettings, step: int, checkpoint: Path):
    """Train until Ctrl-C at a step, then start again from the checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        train(Enhancer(), draw, settings, checkpoint=checkpoint, progress=stop_at(step))
    return train(Enhancer(), draw, settings, checkpoint=checkpoint)


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_the_loss_falls(schedule, loss):
    settings = replace(TOY, steps=150, epoch=30, schedule=schedule, loss=loss, averaging=0.9)
    network, losses = train(Enhancer(), draw, settings)
    assert len(losses) == 5
    assert losses[-1] < losses[0] / 3
    batch = draw(torch.Generator().manual_seed(99))
    estimate = network(batch.upsampled, batch.guide)
    assert (estimate - batch.target).abs().mean() < (
        batch.upsampled - batch.target
    ).abs().mean() / 2


def test_the_seed_decides():
    one, same, other = (train(Enhancer(), draw, replace(TOY, seed=seed))[0] for seed in (0, 0, 1))
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_a_critic_takes_part_if_requested():
    network, losses = train(Enhancer(), draw, replace(TOY, adversarial=CRITIC))
    alone, own_losses = train(Enhancer(), draw, TOY)
    assert not torch.equal(weights(network), weights(alone))
    assert losses != own_losses


def test_the_critic_is_trained_beside_the_network():
    training = Training(Enhancer(), replace(TOY, adversarial=CRITIC))
    before = weights(training.adversary.critic)
    training.step(draw)
    assert not torch.equal(weights(training.adversary.critic), before)
    assert Training(Enhancer(), TOY).adversary is None


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
@pytest.mark.parametrize("step", [11, 13, 20])
@pytest.mark.parametrize("adversarial", [None, CRITIC])
def test_resumes_exactly(tmp_path, schedule, step, adversarial):
    settings = replace(TOY, schedule=schedule, adversarial=adversarial)
    straight, losses = train(Enhancer(), draw, settings)
    resumed, same_losses = train_interrupted(settings, step, tmp_path / "checkpoint.pt")
    assert torch.equal(weights(resumed), weights(straight))
    assert same_losses == losses


def test_a_finished_training_is_not_repeated(tmp_path):
    checkpoint = tmp_path / "new" / "folders" / "checkpoint.pt"
    first, losses = train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    again, same = train(Enhancer(), draw, TOY, checkpoint=checkpoint, progress=stop_at(1))
    assert torch.equal(weights(first), weights(again))
    assert same == losses


@pytest.mark.parametrize(
    "change",
    [{"steps": 40}, {"rate": 2e-2}, {"loss": "l2"}, {"seed": 1}, {"adversarial": CRITIC}],
)
def test_refuses_a_checkpoint_of_other_settings(tmp_path, change):
    checkpoint = tmp_path / "checkpoint.pt"
    train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    with pytest.raises(SettingsError, match=r"checkpoint\.pt was made with other settings; use"):
        train(Enhancer(), draw, replace(TOY, **change), checkpoint=checkpoint)


def test_refuses_a_checkpoint_for_another_purpose(tmp_path):
    checkpoint = tmp_path / "checkpoint.pt"
    train(Enhancer(), draw, TOY, purpose="2x", checkpoint=checkpoint)
    train(Enhancer(), draw, TOY, purpose="2x", checkpoint=checkpoint)
    with pytest.raises(SettingsError, match=r"checkpoint\.pt was made with other settings"):
        train(Enhancer(), draw, TOY, purpose="4x", checkpoint=checkpoint)


def test_an_interrupted_write_leaves_the_former_checkpoint(tmp_path, monkeypatch):
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(KeyboardInterrupt):
        train(Enhancer(), draw, TOY, checkpoint=checkpoint, progress=stop_at(12))
    former = checkpoint.read_bytes()

    def cut_short(_, stream):
        stream.write(former[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", cut_short)
    with pytest.raises(OutputWriteError, match=r"checkpoint\.pt in .*; free some space"):
        train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    monkeypatch.undo()
    assert checkpoint.read_bytes() == former
    resumed, _ = train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    assert torch.equal(weights(resumed), weights(train(Enhancer(), draw, TOY)[0]))


def test_a_training_that_diverges_stops_and_keeps_its_last_finite_checkpoint(tmp_path):
    checkpoint = tmp_path / "checkpoint.pt"
    batches = iter(range(100))

    def spoilt(generator):
        batch = draw(generator)
        return ToyBatch(batch.upsampled * (math.nan if next(batches) > 11 else 1), batch.guide)

    with pytest.raises(TrainingError, match=r"training diverged: .* use a smaller learning rate"):
        train(Enhancer(), spoilt, TOY, checkpoint=checkpoint)
    kept = read_checkpoint(checkpoint)
    assert kept["state"]["step"] == 10
    assert is_finite(kept)


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
def test_too_large_a_learning_rate_is_reported(tmp_path, schedule):
    settings = replace(TOY, rate=1e30, schedule=schedule)
    with pytest.raises(TrainingError, match="training diverged"):
        train(Enhancer(), draw, settings)
    with pytest.raises(TrainingError, match="training diverged"):
        train(Enhancer(), draw, settings, checkpoint=tmp_path / "checkpoint.pt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [0, 100, -100])
def test_a_damaged_checkpoint_is_named(tmp_path, keep):
    checkpoint = tmp_path / "checkpoint.pt"
    train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    checkpoint.write_bytes(checkpoint.read_bytes()[:keep])
    with pytest.raises(SettingsError, match=r"checkpoint\.pt is damaged; remove it"):
        train(Enhancer(), draw, TOY, checkpoint=checkpoint)


def test_a_checkpoint_of_something_else_is_named(tmp_path):
    (tmp_path / "checkpoint.pt").write_text("garbage")
    with pytest.raises(SettingsError, match="is damaged"):
        train(Enhancer(), draw, TOY, checkpoint=tmp_path / "checkpoint.pt")


def test_a_checkpoint_runs_no_code(tmp_path, monkeypatch):
    checkpoint = tmp_path / "checkpoint.pt"
    train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    options_used = {}
    load = torch.load
    monkeypatch.setattr(
        torch, "load", lambda *a, **options: options_used.update(options) or load(*a, **options)
    )
    Training(Enhancer(), TOY).resume(checkpoint)
    assert options_used["weights_only"] is True


def test_plateau_divides_by_ten_and_stops_at_the_floor():
    settings = replace(TOY, steps=10_000, rate=1e-3, floor=1e-5, patience=3)
    training = Training(Enhancer(), settings)
    rates = []
    while not training.done:
        rates.append(training.state.rate)
        training.end_epoch(1.0, 0.5)
    assert rates == pytest.approx([1e-3] * 4 + [1e-4] * 3 + [1e-5] * 3)
    assert training.state.rate < settings.floor


def test_plateau_waits_as_long_as_the_loss_falls():
    training = Training(Enhancer(), replace(TOY, patience=2))
    for loss in (5.0, 4.0, 4.5, 3.0, 3.5, 2.0):
        training.end_epoch(loss, 0.5)
    assert training.state.rate == TOY.rate
    assert training.state.losses == [5.0, 4.0, 4.5, 3.0, 3.5, 2.0]
    assert training.state.seconds == pytest.approx(6 * 0.5)


def test_the_optimiser_follows_the_schedule():
    settings = replace(TOY, steps=21, schedule="cosine", floor=1e-4)
    training = Training(Enhancer(), settings)
    rates = []
    while not training.done:
        training.step(draw)
        rates.append(training.optimiser.param_groups[0]["lr"])
    assert rates[0] == pytest.approx(settings.rate)
    assert rates == sorted(rates, reverse=True)
    assert settings.floor <= rates[-1] < 2 * settings.floor


def test_without_averaging_the_last_weights_are_returned():
    network = Enhancer()
    returned, _ = train(network, draw, replace(TOY, averaging=0.0))
    assert torch.equal(weights(returned), weights(network))
    averaged, _ = train(Enhancer(), draw, replace(TOY, averaging=0.9))
    assert not torch.equal(weights(averaged), weights(network))


def test_averaging_forgets_the_start():
    network = Enhancer()
    start = weights(network)
    averaged, _ = train(network, draw, replace(TOY, steps=200, averaging=0.9))
    distance = (weights(averaged) - weights(network)).norm()
    assert distance < (start - weights(network)).norm() / 10


def test_what_is_returned_is_ready_to_enhance():
    network, _ = train(Enhancer(), draw, TOY)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_back_projection_comes_before_the_loss_if_requested():
    _, losses = train(Enhancer(), draw, replace(TOY, agree=True))
    assert losses == [0.0] * 4


def test_progress_is_reported_at_each_step():
    calls = []
    train(Enhancer(), draw, replace(TOY, steps=7), progress=lambda *now: calls.append(now))
    assert calls == [(step, 7) for step in range(1, 8)]


def mean_per_image(estimate, target):
    return (estimate - target).abs().mean((1, 2, 3))


def quartic(estimate, target):
    return (estimate - target).pow(4).mean()


def test_a_function_is_a_loss():
    network, _ = train(Enhancer(), draw, replace(TOY, loss=nn.functional.mse_loss))
    same, _ = train(Enhancer(), draw, replace(TOY, loss="l2"))
    other, _ = train(Enhancer(), draw, replace(TOY, loss=quartic))
    assert torch.equal(weights(network), weights(same))
    assert not torch.equal(weights(network), weights(other))


def test_a_loss_must_be_a_scalar():
    with pytest.raises(SettingsError, match=r"`loss` must return a scalar, got shape \(3,\)"):
        train(Enhancer(), draw, replace(TOY, loss=mean_per_image))


def test_a_checkpoint_names_its_loss(tmp_path):
    checkpoint, settings = tmp_path / "checkpoint.pt", replace(TOY, loss=quartic)
    trained, _ = train(Enhancer(), draw, settings, checkpoint=checkpoint)
    resumed, _ = train(Enhancer(), draw, settings, checkpoint=checkpoint, progress=stop_at(1))
    assert torch.equal(weights(trained), weights(resumed))
    with pytest.raises(SettingsError, match="other settings"):
        train(Enhancer(), draw, replace(TOY, loss="l2"), checkpoint=checkpoint)


@pytest.fixture
def clock(monkeypatch):
    """Let an epoch of the toy take five seconds, on the clock of the loop and of its limit."""
    now = [1000.0]
    for name in ("monotonic", "perf_counter"):
        monkeypatch.setattr(f"time.{name}", lambda: now[0])
    step = Training.step

    def tick(self, draw):
        now[0] += 1
        return step(self, draw)

    monkeypatch.setattr(Training, "step", tick)
    return now


@pytest.mark.parametrize(("seconds", "epochs"), [(4, 1), (9, 1), (10, 2), (14, 2), (15, 3)])
def test_a_limit_on_time_keeps_whole_epochs_and_loses_none(tmp_path, clock, seconds, epochs):
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(OutOfTime), time_limit(clock[0] + seconds):
        train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    assert clock[0] == 1000 + 5 * epochs
    resumed, losses = train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    assert clock[0] == 1000 + TOY.steps, "no step is taken twice"
    straight, same_losses = train(Enhancer(), draw, TOY)
    assert torch.equal(weights(resumed), weights(straight))
    assert losses == same_losses


def test_a_limit_on_time_does_not_stop_what_is_finished_or_could_not_resume(tmp_path, clock):
    checkpoint = tmp_path / "checkpoint.pt"
    train(Enhancer(), draw, TOY, checkpoint=checkpoint)
    with time_limit(clock[0] - 1):
        train(Enhancer(), draw, TOY, checkpoint=checkpoint)
        train(Enhancer(), draw, TOY)


def test_a_limit_on_time_is_in_no_checkpoint(tmp_path, clock):
    paths = [tmp_path / "with.pt", tmp_path / "without.pt"]
    with time_limit(clock[0] + 1000):
        train(Enhancer(), draw, TOY, checkpoint=paths[0])
    train(Enhancer(), draw, TOY, checkpoint=paths[1])
    one, two = (torch.load(path, weights_only=True) for path in paths)
    assert one.keys() == two.keys()
    assert (one["settings"], one["purpose"]) == (two["settings"], two["purpose"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_write_leaves_no_debris(tmp_path, monkeypatch, error):
    def cut_short(_, stream):
        stream.write(b"half")
        raise error

    monkeypatch.setattr(torch, "save", cut_short)
    with pytest.raises(error):
        Training(Enhancer(), TOY).save(tmp_path / "checkpoint.pt")
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_of_equal_trainings_are_equal_files(tmp_path):
    for name in ("one", "two"):
        torch.manual_seed(0)
        Training(Enhancer(), TOY).save(tmp_path / name / "checkpoint.pt")
    one, two = (tmp_path / name / "checkpoint.pt" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert [path.name for path in one.parent.iterdir()] == ["checkpoint.pt"]


def test_a_checkpoint_is_read_into_the_memory_of_the_cpu(tmp_path, monkeypatch):
    """Where it was written may not be there; Adam's counts and the random state belong there."""
    checkpoint = tmp_path / "checkpoint.pt"
    settings = replace(TOY, adversarial=CRITIC)
    train(Enhancer(), draw, settings, checkpoint=checkpoint)
    options_used = {}
    load = torch.load
    monkeypatch.setattr(
        loop.torch,
        "load",
        lambda *a, **options: options_used.update(options) or load(*a, **options),
    )
    training = Training(Enhancer(), settings)
    training.resume(checkpoint)
    assert options_used["map_location"] == "cpu"
    for optimiser in (training.optimiser, training.adversary.optimiser):
        counts = [state["step"] for state in optimiser.state.values()]
        assert counts
        assert all(count.device.type == "cpu" and count == TOY.steps for count in counts)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NO GPU")
@pytest.mark.parametrize("devices", [("cpu", "cuda"), ("cuda", "cpu"), ("cuda", "cuda")])
def test_resumes_on_another_device(tmp_path, devices):
    checkpoint, settings = tmp_path / "checkpoint.pt", replace(TOY, adversarial=CRITIC)

    def on(device):
        def placed(generator):
            batch = draw(generator)
            return ToyBatch(batch.upsampled.to(device), batch.guide.to(device))

        return Enhancer().to(device), placed

    with pytest.raises(KeyboardInterrupt):
        train(*on(devices[0]), settings, checkpoint=checkpoint, progress=stop_at(11))
    resumed, losses = train(*on(devices[1]), settings, checkpoint=checkpoint)
    assert next(resumed.parameters()).device.type == devices[1]
    straight, same_losses = train(Enhancer(), draw, settings)
    assert losses == pytest.approx(same_losses, rel=0.05)
    assert torch.allclose(weights(resumed).cpu(), weights(straight), atol=0.05)
