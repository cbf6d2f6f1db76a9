"""What neural-tangents is timed at; it needs an old jax, hence an interpreter of its own.

Everything is jitted. Widths, inputs and layers are those of the benchmarks that ask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import neural_tangents as nt
import numpy as np
from jax import lax
from neural_tangents import stax
from rival_process import Work, answer

DEPTH = 3


def points(n: int) -> jax.Array:
    """n inputs of dimension 64."""
    return jnp.asarray(np.random.default_rng(0).standard_normal((n, 64)), jnp.float32)


def network(width: int, activation, outputs: int = 1, **bias):
    """The (init, apply, kernel) functions of a multilayer perceptron."""
    layers = [
        layer
        for _ in range(DEPTH)
        for layer in (stax.Dense(width, W_std=2**0.5, **bias), activation)
    ]
    return stax.serial(*layers, stax.Dense(outputs, W_std=2**0.5, **bias))


def structured(apply, **options) -> Callable:
    """The empirical tangent kernel by structured derivatives."""
    implementation = nt.NtkImplementation.STRUCTURED_DERIVATIVES
    return nt.empirical_ntk_fn(apply, vmap_axes=0, implementation=implementation, **options)


def analytic(activation) -> Work:
    """NNGP and tangent kernel on 2000 inputs."""
    x = points(2000)
    kernel = network(1, activation, b_std=0.1)[2]
    both = jax.jit(lambda x: tuple(kernel(x, None, ("nngp", "ntk"))))
    return lambda: jax.block_until_ready(both(x))


def monte_carlo(width: int) -> Work:
    """The tangent kernel of one fresh network on 32 inputs."""
    x = points(32)
    initialise, apply, _ = network(width, stax.Relu())
    kernel = structured(apply, trace_axes=(-1,))
    fresh = jax.jit(lambda key: kernel(x, None, initialise(key, (-1, 64))[1]))
    keys = iter(range(10**6))
    return lambda: jax.block_until_ready(fresh(jax.random.PRNGKey(next(keys))))


def empirical(width: int, outputs: int) -> Work:
    """The tangent kernel of a given network on 100 inputs, all pairs of outputs."""
    x = points(100)
    initialise, apply, _ = network(width, stax.Relu(), outputs)
    parameters = initialise(jax.random.PRNGKey(0), (-1, 64))[1]
    kernel = jax.jit(structured(apply, trace_axes=()))
    return lambda: jax.block_until_ready(kernel(x, None, parameters))


def linearised(width: int) -> Work:
    """500 steps of gradient descent of a linearised network on 64 inputs."""
    x, y = points(64), jnp.sign(points(64)[:, :1])
    initialise, apply, _ = network(width, stax.Relu())
    start = initialise(jax.random.PRNGKey(0), (-1, 64))[1]
    linear = nt.linearize(apply, start)

    def loss(parameters):
        return jnp.sum((linear(parameters, x) - y) ** 2) / 2

    def step(parameters, _):
        value, gradient = jax.value_and_grad(loss)(parameters)
        return jax.tree_util.tree_map(lambda p, g: p - 1e-3 * g, parameters, gradient), value

    train = jax.jit(lambda parameters: lax.scan(step, parameters, None, length=500))
    return lambda: jax.block_until_ready(train(start))


if __name__ == "__main__":
    answer(
        {
            "analytic-relu": partial(analytic, stax.Relu()),
            "analytic-erf": partial(analytic, stax.Erf()),
            **{f"initial-{width}": partial(monte_carlo, width) for width in (512, 2048)},
            **{
                f"empirical-{width}-{outputs}": partial(empirical, width, outputs)
                for width, outputs in ((512, 1), (2048, 1), (512, 10))
            },
            **{f"linearised-{width}": partial(linearised, width) for width in (256, 1024)},
        }
    )
