import pytest
import torch

from widthwise.models import (
    MLP,
    activation_movement,
    erf,
    kernel_rate,
    linear,
    mup,
    mup_adam,
    sample_langevin,
    sphere,
    train,
    train_adam,
    train_minibatch,
    train_momentum,
)

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)
X, Y = DATA.x_train, DATA.y_train


def same_parameters(network, other, tolerance=1e-9):
    for ours, theirs in zip(network.parameters.tensors, other.parameters.tensors, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_one_batch_of_everything_is_gradient_descent(make):
    network = make(parametrization=mup, sigma_b=0.2)
    ours = train_minibatch(network, X, Y, rate=0.1, epochs=5, batch_size=6, tolerance=0)
    same_parameters(ours.final, train(network, X, Y, rate=0.1, steps=5, tolerance=0).final)


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_an_epoch_visits_every_input_once(make, batch_size):
    """To first order in the rate an epoch moves θ by (n/B)·η∇L only if no input is missed."""
    network = make(activation=erf)
    epoch = train_minibatch(network, X, Y, rate=1e-8, epochs=1, batch_size=batch_size, tolerance=0)
    step = train(network, X, Y, rate=1e-8, steps=1, tolerance=0)
    moved = epoch.final.parameters.minus(network.parameters).times([1e8 * batch_size / 6] * 3)
    gradient = step.final.parameters.minus(network.parameters).times([1e8] * 3)
    for ours, theirs in zip(moved.tensors, gradient.tensors, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_order_belongs_to_the_seed(make):
    network = make(activation=erf)
    twins = MLP(
        network.architecture, network[:1].parameters.map(lambda t: t.repeat(2, 1, 1)), (8, 9)
    )
    options = {"rate": 0.1, "epochs": 2, "batch_size": 2, "tolerance": 0}
    run = train_minibatch(twins, X, Y, **options)
    assert not torch.allclose(run.final.weights[0][0], run.final.weights[0][1])
    alone = train_minibatch(twins[1:], X, Y, **options)
    same_parameters(alone.final, run.final[1:])


def test_minibatches_of_any_size_converge(make):
    network = make(width=40, activation=erf)
    rate = 0.3 * kernel_rate(network, X)
    run = train_minibatch(network, X, Y, rate=rate, epochs=500, batch_size=4, tolerance=1e-3)
    assert bool(run.converged.all())
    assert bool((run.steps < 500).all())


def test_momentum_equals_torchs(make, plain):
    network = make(sigma_b=0.3, activation=erf)
    ours = train_momentum(network, X, Y, rate=0.05, steps=20, momentum=0.8, tolerance=0)
    for s in range(3):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        optimiser = torch.optim.SGD(own, lr=0.05, momentum=0.8)
        for _ in range(20):
            optimiser.zero_grad()
            (plain(network, own, X)[:, 0] - Y).square().sum().div(2).backward()
            optimiser.step()
        for tensor, theirs in zip(ours.final.parameters.tensors, own, strict=True):
            torch.testing.assert_close(tensor[s], theirs.detach(), rtol=1e-9, atol=1e-11)


def test_a_converged_network_loses_its_momentum(make):
    network = make(width=40, activation=erf)
    run = train_momentum(network, X, Y, rate=0.05, steps=400, momentum=0.5, tolerance=0.1)
    assert bool(run.converged.all())
    for s, step in enumerate(run.steps.tolist()):
        assert bool((run.losses[s, step:] == run.losses[s, step]).all())


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_a_momentum_that_never_settles_is_refused(make, momentum):
    with pytest.raises(ValueError, match="momentum must be in"):
        train_momentum(make(), X, Y, rate=0.1, steps=1, momentum=momentum)


def test_adam_equals_torchs(make, plain):
    network = make(sigma_b=0.3, activation=erf)
    ours = train_adam(network, X, Y, rate=0.05, epochs=20, betas=(0.8, 0.95), tolerance=0)
    for s in range(3):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        optimiser = torch.optim.Adam(own, lr=0.05, betas=(0.8, 0.95))
        for _ in range(20):
            optimiser.zero_grad()
            ((plain(network, own, X)[:, 0] - Y).square().sum() / 2).backward()
            optimiser.step()
        for tensor, theirs in zip(ours.final.parameters.tensors, own, strict=True):
            torch.testing.assert_close(tensor[s], theirs.detach(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("parametrization", "exponent"), [(mup_adam, 0.0), (mup, 0.5)])
def test_adam_has_a_parametrization_of_its_own(parametrization, exponent):
    """One step of μP's gradient-descent rates moves units by √N and more under Adam."""
    movements = []
    for width in (64, 512):
        network = MLP.initialise(
            width, range(8), input_dim=5, activation=erf, parametrization=parametrization
        )
        x = X.float()
        run = train_adam(network, x, Y.float(), rate=0.01, epochs=1, tolerance=0)
        moved = run.final.preactivations(x)[0] - network.preactivations(x)[0]
        movements.append(moved.square().mean().sqrt())
    slope = float(torch.log(movements[1] / movements[0]) / torch.log(torch.tensor(8.0)))
    assert abs(slope - exponent) < 0.1
    assert activation_movement(network, run.final, x).shape == (8,)


def test_stopped_networks_stand_still_under_every_optimiser(make):
    network = make(activation=erf)
    y = network(X).clone()
    y[1] += 1
    for run in (
        train_minibatch(network, X, y, rate=0.01, epochs=3, batch_size=2),
        train_adam(network, X, y, rate=0.01, epochs=3),
    ):
        assert run.steps.tolist() == [0, 3, 0]
        for ours, before in zip(
            run.final.parameters.tensors, network.parameters.tensors, strict=True
        ):
            assert torch.equal(ours[[0, 2]], before[[0, 2]])
            assert not torch.equal(ours[1], before[1])


def test_langevin_keeps_the_prior_where_the_data_say_nothing():
    """On the input 0 the loss is flat; the law stays N(0, σ²/(1 − ηT/2σ²)) of each weight."""
    network = MLP.initialise(
        4, range(300), input_dim=3, depth=1, activation=linear, dtype=torch.float64
    )
    x, y = torch.zeros(1, 3, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    run = sample_langevin(network, x, y + 1, rate=0.2, steps=60, temperature=1.5)
    values = torch.cat([w.flatten() for w in run.final.weights])
    expected = 1 / (1 - 0.2 * 1.5 / 2)
    assert abs(float(values.square().mean()) / expected - 1) < 5 * (2 / len(values)) ** 0.5
    start = torch.cat([w.flatten() for w in network.weights])
    assert abs(float(torch.corrcoef(torch.stack((values, start)))[0, 1])) < 5 / len(values) ** 0.5


@pytest.mark.parametrize("temperature", [0.3, 2.0])
def test_langevin_satisfies_the_virial_identity(temperature):
    """Under exp(−U/T) the mean of θ·∇U is T per parameter; U = L + T|θ|²/2."""
    network = MLP.initialise(
        3, range(200), input_dim=5, depth=1, activation=erf, dtype=torch.float64
    )
    final = sample_langevin(network, X, Y, rate=0.05, steps=250, temperature=temperature).final
    slope, theta = _gradient(final), final.parameters
    virial = theta.dot(slope) + temperature * theta.dot(theta)
    count = sum(w[0].numel() for w in network.weights)
    error = float(virial.std()) / 200**0.5
    bias = 0.05 * temperature * count  # of order η
    assert abs(float(virial.mean()) - temperature * count) < 5 * error + bias


def _gradient(network):
    leaves = network.parameters.map(lambda t: t.clone().requires_grad_())
    outputs = MLP(network.architecture, leaves, network.seeds)(X)
    ((outputs - Y).square().sum() / 2).backward()
    return leaves.map(lambda t: t.grad)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: train_minibatch(n, X, Y, rate=1, epochs=1, batch_size=7), r"1 … 6, not 7"),
        (lambda n: train_minibatch(n, X, Y, rate=-1, epochs=1, batch_size=2), "rate must be"),
        (lambda n: train_adam(n, X, Y, rate=1, epochs=1, betas=(1.0, 0.9)), "betas must be"),
        (lambda n: train_adam(n, X, Y, rate=1, epochs=1, epsilon=-1.0), "epsilon must not"),
        (lambda n: train_adam(n, X, Y, rate=1, epochs=-1), "steps must not be negative"),
        (lambda n: sample_langevin(n, X, Y, rate=1, steps=1, temperature=0), "temperature must"),
    ],
)
def test_bad_arguments(make, call, message):
    with pytest.raises(ValueError, match=message):
        call(make())
