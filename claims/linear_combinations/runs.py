"""The training that every claim of this topic looks at, and what they see in it."""

import pytest

from widthwise.models import (
    combination_movement,
    component_along,
    erf,
    explained_variance,
    kernel_rate,
    ntk,
    one_shot,
    output_gradients,
    principal_components,
    relu,
    rms,
    share_within,
    sum_over_random_units,
    train,
)

SEEDS = "networks whose directions are looked at"


settings = pytest.mark.parametrize(
    ("data", "activation"),
    [
        pytest.param("sphere", erf, id="sphere-erf"),
        pytest.param("sphere", relu, id="sphere-relu"),
        pytest.param("digits", erf, id="digits-erf"),
    ],
    indirect=["data"],
)


def seen(shared, width, seeds, mlp, data, activation, parametrization=ntk):
    """What `movements` finds, from a run that all claims share."""
    return shared(
        movements,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        parametrization=parametrization,
    )


def movements(width, seeds, mlp, data, activation, parametrization):
    """What training did to combinations of units, by name, each [S].

    Two hidden layers are asked to change their outputs by the labels (targets f_0 + y), and
    trained by full-batch gradient descent until the rms residual is .1; half the rate 1/λ_max
    leaves room for a kernel that grows. Movements are on the training and the test inputs.
    """
    before = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        activation=activation,
        parametrization=parametrization,
    )
    x, y = data.x_train, before(data.x_train) + data.y_train
    after = train(before, x, y, steps=400, tolerance=0.1, rate=kernel_rate(before, x) / 2).final
    return {
        "random combinations": combination_movement(before, after, data.x, combinations=64),
        **sums(before, after, data.x),
        **along_gradients(before, after, one_shot(before, x, y), x, data.x),
        **among_components(before, after, data.x),
    }


def sums(before, after, x):
    """Sums of √N units of the last hidden layer: their size and how they change."""
    units = before.activations(x)[-1]
    moved = after.activations(x)[-1] - units
    share = before.width**-0.5
    signs = before.weights[-1].mT.sign()
    return {
        "size of sums": sum_over_random_units(units, share),
        "change of sums": sum_over_random_units(moved, share),
        "mean change of signed sums": share * rms((signs * moved).sum(2)),
    }


def along_gradients(before, after, solved, x_train, x):
    """Movements of preactivations along, and within the span of, the outputs' gradients.

    `solved` are the networks at the solution of the linearised problem.
    """
    gradients = output_gradients(before, x_train)
    layers = range(1, len(gradients) + 1)
    start = before.preactivations(x)
    trained, one_shot_moved = (
        [h - h0 for h0, h in zip(start, network.preactivations(x), strict=True)]
        for network in (after, solved)
    )
    n = len(x_train)
    return {
        f"{seen}, layer {layer}": value
        for layer, own, moved, at_once in zip(
            layers, gradients, trained, one_shot_moved, strict=True
        )
        for seen, value in (
            ("gradient combinations", component_along(moved[:, :n], own)),
            ("within gradients", share_within(moved, own)),
            ("within gradients at the one-shot solution", share_within(at_once, own)),
        )
    }


def among_components(before, after, x):
    """The last hidden layer's principal components: how they turn, and what moves among them."""
    units, trained = before.activations(x)[-1], after.activations(x)[-1]
    old, new = principal_components(units, 3), principal_components(trained, 3)
    kept = explained_variance(trained, old) / explained_variance(trained, new)
    return {
        "turning of 3 components": (1 - kept).sqrt(),
        "within 8 components": share_within(trained - units, principal_components(trained, 8)),
    }
