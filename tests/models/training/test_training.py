from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import (
    MLP,
    activation_movement,
    erf,
    kernel_rate,
    mean_field,
    mup,
    ntk,
    output_movement,
    sphere,
    train,
)

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)


@pytest.mark.parametrize("options", [{}, {"sigma_b": 0.3, "output_dim": 2}])
def test_training_equals_autograd_descent(make, plain, activation, options):
    network = make(activation=activation, depth=3, parametrization=mup, **options)
    y = DATA.y_train if not options else torch.stack((DATA.y_train, -DATA.y_train), 1) / 2
    rate = 0.3 * kernel_rate(network, DATA.x_train)
    run = train(network, DATA.x_train, y, steps=10, rate=rate, tolerance=0)
    for s in range(len(network)):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        losses = []
        for _ in range(10):
            loss = (plain(network, own, DATA.x_train) - y.view(6, -1)).square().sum() / 2
            losses.append(float(loss.detach()))
            gradients = torch.autograd.grad(loss, own)
            with torch.no_grad():
                for tensor, gradient in zip(own, gradients, strict=True):
                    tensor -= rate[s] * gradient
        torch.testing.assert_close(run.losses[s, :10].tolist(), losses, rtol=1e-10, atol=0)
        for ours, theirs in zip(run.final.parameters.tensors, own, strict=True):
            torch.testing.assert_close(ours[s], theirs.detach(), rtol=1e-9, atol=1e-11)


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(5)), cut=st.integers(1, 4))
def test_a_networks_course_never_depends_on_its_batch(order, cut):
    def run(seeds):
        network = MLP.initialise(20, seeds, input_dim=5, activation=erf, dtype=torch.float64)
        return train(network, DATA.x_train, DATA.y_train, steps=30, tolerance=0.1)

    whole = run(range(5))
    assert len(set(whole.steps.tolist())) > 1, "the networks must stop at different steps"
    for part in (order[:cut], order[cut:]):
        some = run(part)
        assert some.steps.tolist() == whole.steps[part].tolist()
        torch.testing.assert_close(some.losses, whole.losses[part], rtol=1e-9, atol=1e-12)
        for ours, theirs in zip(
            some.final.parameters.tensors, whole.final.parameters.tensors, strict=True
        ):
            torch.testing.assert_close(ours, theirs[part], rtol=1e-9, atol=1e-11)


def test_a_converged_network_stands_still(make):
    network = make(width=40)
    run = train(network, DATA.x_train, DATA.y_train, steps=500, tolerance=0.05)
    assert bool(run.converged.all())
    assert bool((run.steps < 500).all())
    rms = (run.final(DATA.x_train) - DATA.y_train).square().mean(1).sqrt()
    assert bool(((rms <= 0.05) & (rms > 0.03)).all())
    for s, step in enumerate(run.steps.tolist()):
        assert bool((run.losses[s, step:] == run.losses[s, step]).all())
        again = train(network, DATA.x_train, DATA.y_train, steps=step, tolerance=0.05)
        torch.testing.assert_close(
            again.final.weights[0][s], run.final.weights[0][s], rtol=1e-12, atol=1e-13
        )


def test_observed_outputs_follow_the_training(make):
    network = make(width=40)
    run = train(network, DATA.x_train, DATA.y_train, steps=5, tolerance=0, observe=DATA.x)
    assert run.observed.shape == (3, 6, 10)
    torch.testing.assert_close(run.observed[:, 0], network(DATA.x))
    torch.testing.assert_close(run.observed[:, -1], run.final(DATA.x))
    losses = (run.observed[..., :6] - DATA.y_train).square().sum(-1) / 2
    torch.testing.assert_close(losses, run.losses)
    unobserved = train(network, DATA.x_train, DATA.y_train, steps=5, tolerance=0)
    assert unobserved.observed.shape == (3, 6, 0)
    torch.testing.assert_close(unobserved.final.weights[1], run.final.weights[1])


def test_divergence_is_reported_and_never_dropped(make):
    network = make(width=40, activation=erf)
    rate = kernel_rate(network, DATA.x_train) * torch.tensor([1.0, 50.0, 1.0], dtype=torch.float64)
    run = train(
        network, DATA.x_train, DATA.y_train, steps=300, rate=rate, tolerance=1e-3, observe=DATA.x
    )
    assert run.diverged.tolist() == [False, True, False]
    assert run.converged.tolist() == [True, False, True]
    assert run.diverged_seeds == (2,)
    outputs = run.final(DATA.x_test)
    assert bool(outputs[1].isnan().all())
    assert bool(outputs[[0, 2]].isfinite().all())
    assert bool(run.losses[1, -1].isnan())
    assert bool(run.observed[1, -1].isnan().all())
    movement = activation_movement(network, run.final, DATA.x)
    assert movement.isnan().tolist() == [False, True, False]


def test_a_run_can_be_differentiated_through(make):
    run = train(make(), DATA.x_train, DATA.y_train, steps=2, tolerance=0, observe=DATA.x)
    factor = torch.ones((), dtype=torch.float64, requires_grad=True)
    total = sum(
        (factor * t).square().sum() for t in (run.losses, run.observed, run.final.weights[1])
    )
    (slope,) = torch.autograd.grad(total, factor)
    torch.testing.assert_close(slope, 2 * total.detach())


@pytest.mark.parametrize("first", [1.0, torch.nan])
def test_networks_that_never_start(make, first):
    """Targets met at once are converged; networks that are no numbers any more, diverged."""
    network = make(width=20)
    y = network(DATA.x_train)
    network = replace(network, parameters=network.parameters.map(lambda tensor: first * tensor))
    run = train(network, DATA.x_train, y, steps=3, rate=0.1, tolerance=0)
    assert run.steps.tolist() == [0, 0, 0]
    assert run.converged.tolist() == [first == 1] * 3
    assert run.diverged.tolist() == [first != 1] * 3
    assert run.losses.shape == (3, 4)
    assert bool((run.losses == 0).all() if first == 1 else run.losses.isnan().all())


def test_mean_field_is_mup_shifted():
    """The abc symmetry: both parametrizations train the same functions."""
    outputs = []
    for parametrization in (mup, mean_field, mup.shifted(0.5)):
        network = MLP.initialise(
            32,
            range(3),
            input_dim=5,
            depth=3,
            activation=erf,
            sigma_b=0.2,
            parametrization=parametrization,
            dtype=torch.float64,
        )
        run = train(network, DATA.x_train, DATA.y_train, steps=20, rate=0.05, tolerance=0)
        outputs.append(run.final(DATA.x))
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(outputs[0], outputs[2], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("parametrization", "exponent"), [(ntk, -0.5), (mup, 0.0)])
def test_units_move_as_their_parametrization_says(parametrization, exponent):
    movements = []
    for width in (64, 512):
        network = MLP.initialise(
            width,
            range(12),
            input_dim=5,
            activation=erf,
            parametrization=parametrization,
            dtype=torch.float64,
        )
        run = train(network, DATA.x_train, DATA.y_train, steps=1)
        movements.append(activation_movement(network, run.final, DATA.x).mean())
        assert 0.2 < float(output_movement(network, run.final, DATA.x).mean()) < 3
    slope = float(torch.log(movements[1] / movements[0]) / torch.log(torch.tensor(8.0)))
    assert abs(slope - exponent) < 0.15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": -1}, "steps must not be negative, not -1"),
        ({"tolerance": -0.1}, "tolerance must not be negative, not -0.1"),
        ({"rate": 0.0}, "rate must be positive and finite, not 0.0"),
        ({"rate": torch.ones(2)}, r"one per network \[3\], not \[2\]"),
        ({"y": torch.ones(5, dtype=torch.float64)}, r"must be \[6\] or \[3, 6\], not \[5\]"),
        ({"x": torch.ones(6, 4, dtype=torch.float64)}, r"inputs must be \[n, 5\]"),
    ],
)
def test_bad_arguments(make, arguments, message):
    arguments = {"x": DATA.x_train, "y": DATA.y_train, "steps": 1} | arguments
    with pytest.raises(ValueError, match=message):
        train(make(), **arguments)


def test_targets_of_another_dtype(make):
    with pytest.raises(TypeError, match=r"targets are torch\.float32"):
        train(make(), DATA.x_train, DATA.y_train.float(), steps=1)
