import pytest
import torch

from widthwise.models import course, erf, kernel_rate, tangent_kernel, train

STEPS = (0, 1, 5, 300)


@pytest.fixture(params=["dense", "convolutional"])
def problem(request, make, make_cnn, inputs, images):
    """Networks, training inputs and targets."""
    if request.param == "dense":
        network, x = make(width=40, activation=erf), inputs[0]
    else:
        network, x = make_cnn(width=20, activation=erf), images[0]
    return network, x, torch.ones(len(x), dtype=torch.float64)


def test_the_networks_are_those_of_shorter_runs(problem):
    network, x, y = problem
    networks = course(network, x, y, STEPS, tolerance=0.1)
    for steps, midway in zip(STEPS, networks, strict=True):
        run = train(network, x, y, steps=steps, tolerance=0.1)
        for ours, theirs in zip(
            midway.parameters.tensors, run.final.parameters.tensors, strict=True
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
    assert bool(run.converged.all())
    assert bool((run.steps > 5).any()), "the third time must be in the middle of training"


def test_the_kernel_at_a_time_is_what_the_next_step_shows(problem):
    network, x, y = problem
    rate = kernel_rate(network, x)
    midway, after = course(network, x, y, (3, 4), rate=rate / 1e6, tolerance=0)
    shift = -(rate / 1e6)[:, None] * torch.einsum(
        "snm,sm->sn", tangent_kernel(midway, x), midway(x) - y
    )
    torch.testing.assert_close(after(x) - midway(x), shift, rtol=1e-4, atol=1e-12)


def test_a_diverged_network_stays_diverged(problem):
    network, x, y = problem
    rate = kernel_rate(network, x) * torch.tensor([1.0, 80.0, 1.0], dtype=torch.float64)
    last = course(network, x, y, (100, 101, 300), rate=rate, tolerance=1e-3)[-1]
    assert last(x).isnan().any(1).tolist() == [False, True, False]


@pytest.mark.parametrize("at", [(), (-1, 2), (3, 3), (4, 2)])
def test_steps_must_increase(problem, at):
    with pytest.raises(ValueError, match="at must be increasing numbers of steps from 0 on"):
        course(*problem, at)
