"""Networks whose hidden matrices are never drawn, against the same networks with them drawn."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import (
    MLP,
    AnyWidth,
    LinearisedNetwork,
    Parameters,
    WideMLP,
    activation_movement,
    contribution_movement,
    erf,
    gelu,
    kernel_movement,
    kernel_rate,
    linear,
    mean_field,
    mup,
    nngp_kernel,
    ntk,
    one_shot,
    operator_movement,
    output_gradients,
    parameter_movement,
    relu,
    sphere,
    standard,
    tangent_kernel,
    tanh,
    train,
    train_adam,
    train_flow,
    train_minibatch,
    train_momentum,
    weight_movement,
)
from widthwise.models.networks.network import forward

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)


def make(width=150, seeds=(3, 4), *, kind=WideMLP, **options):
    options = {"input_dim": 5, "depth": 3, "activation": erf, "dtype": torch.float64} | options
    return kind.initialise(width, seeds, **options)


def completed(*networks):
    """States of the same networks with their matrices drawn, as far as they were still free."""
    starts = [
        [weight.start.complete() for weight in weights.of] for weights in networks[0].weights[1:-1]
    ]
    return [_with(network, starts) for network in networks]


def _with(network, starts):
    hidden = [
        torch.stack([weight.with_start(start) for weight, start in zip(w.of, own, strict=True)])
        for w, own in zip(network.weights[1:-1], starts, strict=True)
    ]
    weights = (network.weights[0], *hidden, network.weights[-1])
    return MLP(network.architecture, Parameters(weights, network.biases), network.seeds)


def check_same_course(network, y, steps, rate=0.6):
    """Train without weights, draw what is left of them, train with them."""
    rates = rate * kernel_rate(network, DATA.x_train)
    run = train(network, DATA.x_train, y, steps=steps, rate=rates, tolerance=0, observe=DATA.x)
    kernel = tangent_kernel(run.final, DATA.x)
    before, after = completed(network, run.final)
    explicit = train(before, DATA.x_train, y, steps=steps, rate=rates, tolerance=0, observe=DATA.x)
    torch.testing.assert_close(run.observed, explicit.observed, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(run.losses, explicit.losses, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(kernel, tangent_kernel(explicit.final, DATA.x), rtol=1e-8, atol=1e-8)
    for own, theirs in zip(
        after.parameters.tensors, explicit.final.parameters.tensors, strict=True
    ):
        torch.testing.assert_close(own, theirs, rtol=1e-8, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    depth=st.integers(1, 6),
    activation=st.sampled_from([erf, relu, tanh, gelu, linear]),
    parametrization=st.sampled_from([ntk, standard, mup, mean_field, mup.shifted(0.3)]),
    sigma_b=st.sampled_from([0.0, 0.3]),
    outputs=st.integers(1, 2),
    steps=st.integers(1, 8),
)
def test_training_is_that_of_the_matrices_drawn_afterwards(
    depth, activation, parametrization, sigma_b, outputs, steps
):
    network = make(
        depth=depth,
        activation=activation,
        parametrization=parametrization,
        sigma_b=sigma_b,
        output_dim=outputs,
    )
    y = DATA.y_train if outputs == 1 else torch.stack((DATA.y_train, -DATA.y_train), 1)
    check_same_course(network, y, steps, rate=0.3)


def test_a_network_depends_on_its_own_seed_only():
    together, alone = make(seeds=(3, 4, 5)), make(seeds=(4,))
    runs = [
        train(m, DATA.x_train, DATA.y_train, steps=30, tolerance=0.1) for m in (together, alone)
    ]
    assert runs[0].steps[1] == runs[1].steps[0]
    assert len(set(runs[0].steps.tolist())) > 1, "the networks must stop at different steps"
    assert torch.equal(runs[0].losses[1], runs[1].losses[0])
    assert torch.equal(together(DATA.x)[1], alone(DATA.x)[0])


def test_only_new_directions_are_kept():
    network = make(width=5000, depth=2, dtype=torch.float32, seeds=(1,))
    data = DATA.to(dtype=torch.float32)
    train(network, data.x_train, data.y_train, steps=40, tolerance=0)
    (start,) = (weight.start for weight in network.weights[1].of)
    ranks = start.ranks
    assert max(ranks) < 40 * 6 / 2
    network(data.x_train)
    assert start.ranks == ranks


def test_all_of_a_matrix_can_be_asked_for():
    """More questions than units: the rank ends at the width."""
    check_same_course(make(width=20, depth=2), DATA.y_train, 6)


def test_a_diverged_network_is_marked():
    network = make(width=60)
    rate = kernel_rate(network, DATA.x_train) * torch.tensor([1.0, 500.0], dtype=torch.float64)
    run = train(network, DATA.x_train, DATA.y_train, steps=200, rate=rate, tolerance=1e-2)
    assert run.diverged.tolist() == [False, True]
    assert run.converged.tolist() == [True, False]
    assert run.final(DATA.x).isnan().all(1).tolist() == [False, True]
    assert activation_movement(network, run.final, DATA.x).isnan().tolist() == [False, True]


def test_the_solution_of_the_linearised_problem_is_the_same():
    network = make(depth=3, sigma_b=0.2)
    moved = one_shot(network, DATA.x_train, DATA.y_train)
    shown = moved(DATA.x)
    before, after = completed(network, moved)
    torch.testing.assert_close(one_shot(before, DATA.x_train, DATA.y_train)(DATA.x), shown)
    torch.testing.assert_close(after(DATA.x), shown)


@pytest.mark.parametrize(
    "descend",
    [
        lambda m, x, y: train_momentum(m, x, y, rate=0.05, steps=6, tolerance=0).final,
        lambda m, x, y: train_minibatch(m, x, y, rate=0.05, epochs=3, batch_size=2).final,
        lambda m, x, y: train(train(m, x, y, steps=4).final, x, -y, steps=4).final,
        lambda m, x, y: train_flow(m, x, y, time=0.3, steps=3).final,
    ],
    ids=["momentum", "minibatches", "fine-tuning", "flow"],
)
def test_every_way_of_training_is_that_of_the_matrices_drawn_afterwards(descend):
    network = make(sigma_b=0.2)
    final = descend(network, DATA.x_train, DATA.y_train)
    shown = final(DATA.x)
    before, after = completed(network, final)
    same = descend(before, DATA.x_train, DATA.y_train)
    torch.testing.assert_close(same(DATA.x), shown, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(after.weights[2], same.weights[2], rtol=1e-10, atol=1e-10)


def test_observables_are_those_of_the_matrices_drawn_afterwards():
    network = make(sigma_b=0.2)
    final = train(network, DATA.x_train, DATA.y_train, steps=5, tolerance=0).final

    def observed(before, after):
        linearised = LinearisedNetwork(before)
        displacement = after.parameters.minus(before.parameters)
        return [
            activation_movement(before, after, DATA.x),
            contribution_movement(before, after, DATA.x),
            kernel_movement(before, after, DATA.x),
            parameter_movement(before, after),
            nngp_kernel(after, DATA.x),
            linearised(DATA.x, displacement),
            *output_gradients(after, DATA.x),
        ]

    ours, moved = observed(network, final), weight_movement(network, final)
    weights = [operator_movement(network, final), moved]
    before, after = completed(network, final)
    for own, theirs in zip(ours, observed(before, after), strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-8, atol=1e-10)
    # What is drawn afterwards is not the size that was drawn: as equal as two draws are.
    theirs = [operator_movement(before, after), weight_movement(before, after)]
    torch.testing.assert_close(weights[0], theirs[0], rtol=0.05, atol=0)
    torch.testing.assert_close(weights[1], theirs[1], rtol=0.02, atol=0)
    torch.testing.assert_close(moved[:, [0, -1]], theirs[1][:, [0, -1]])
    assert not torch.equal(moved[0], moved[1])


def test_norms_of_what_was_learned_are_exact():
    network = make()
    final = train(network, DATA.x_train, DATA.y_train, steps=5, tolerance=0).final
    change = final.weights[1] - network.weights[1]
    inner = final.parameters.minus(network.parameters).dot(network.parameters)
    norms = torch.linalg.vector_norm(change, dim=(1, 2)), change.operator_norms()
    size = torch.linalg.vector_norm(network.weights[1], dim=(1, 2))
    assert torch.equal(size, torch.linalg.vector_norm(network.weights[1], dim=(1, 2)))
    before, after = completed(network, final)
    learned = after.weights[1] - before.weights[1]
    torch.testing.assert_close(
        inner, after.parameters.minus(before.parameters).dot(before.parameters)
    )
    torch.testing.assert_close(norms[0], torch.linalg.matrix_norm(learned))
    torch.testing.assert_close(norms[1], torch.linalg.matrix_norm(learned, 2))


def test_the_largest_singular_value_of_weights_is_found():
    network = make(width=80, depth=2)
    network(DATA.x)
    values = network.weights[1].operator_norms()
    (whole,) = completed(network)
    torch.testing.assert_close(
        values, torch.linalg.matrix_norm(whole.weights[1], 2), rtol=1e-3, atol=0
    )


def test_inputs_that_are_no_numbers_are_not_taken_for_nothing():
    network, x = make(), DATA.x.clone()
    x[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"x contains numbers that are not finite, first nan"):
        network(x)
    outputs = forward(network, x.expand(len(network), *x.shape)).outputs
    assert bool(outputs.isnan().all())


def test_what_needs_single_entries_is_refused():
    with pytest.raises(
        NotImplementedError, match="single entries of weights that were never drawn"
    ):
        train_adam(make(), DATA.x_train, DATA.y_train, rate=1e-2, epochs=1)
    with pytest.raises(NotImplementedError, match="never drawn"):
        make().weights[1][0, 0, 0].item()


def test_halves_and_other_types_are_refused():
    with pytest.raises(TypeError, match=r"float32 or float64, not torch\.float16"):
        make(dtype=torch.float16)


def test_widths_whose_products_would_ask_for_single_entries_are_refused():
    with pytest.raises(ValueError, match="at least 16 where weights are not drawn, not 15"):
        WideMLP.initialise(15, (1,), input_dim=3)
    network = WideMLP.initialise(16, (1,), input_dim=3)
    x = torch.ones(2, 3)
    assert train(network, x, x[:, 0], steps=2).final(x).isfinite().all()


@pytest.mark.parametrize(
    ("width", "depth", "kind"), [(64, 2, MLP), (9999, 1, MLP), (9999, 2, WideMLP)]
)
def test_matrices_are_drawn_where_that_is_cheaper(width, depth, kind):
    assert isinstance(AnyWidth()(width, (1,), input_dim=3, depth=depth), kind)


def test_evidence_says_from_which_width_on_weights_are_not_drawn():
    make = AnyWidth(crossover=512)
    assert make.remark(256) is None
    assert make.remark(512) == "weights between hidden layers not drawn from width 512 on"


def test_claims_get_them_by_the_fixture(wide_mlp, device):
    assert wide_mlp == AnyWidth(device)
