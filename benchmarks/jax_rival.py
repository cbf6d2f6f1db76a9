"""What a current jax is timed at: an ensemble trained by vmap over seeds of a scan of steps."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
from jax import lax
from rival_process import Work, answer
from training_task import DEPTH, DIM, POINTS, SEEDS, STEPS


def train(width: int) -> Work:
    """The networks, inputs and steps of `test_training_speed.py`, with numbers of its own."""
    fans = (DIM, *[width] * DEPTH, 1)
    keys = jax.random.split(jax.random.PRNGKey(0), len(fans) + 1)
    pairs = list(pairwise(fans))
    start = [
        jax.random.normal(key, (SEEDS, *pair)) for key, pair in zip(keys[2:], pairs, strict=True)
    ]
    x, y = jax.random.normal(keys[0], (POINTS, DIM)), jax.random.normal(keys[1], (POINTS,))
    rates = jnp.full((SEEDS,), 1e-3)

    def loss(weights):
        z = x
        for weight, (fan, _) in zip(weights[:-1], pairs[:-1], strict=True):
            z = jax.nn.relu((2 / fan) ** 0.5 * (z @ weight))
        outputs = (2 / width) ** 0.5 * (z @ weights[-1])
        return jnp.sum((outputs[:, 0] - y) ** 2) / 2

    def course(weights, rate):
        def step(weights, _):
            value, gradients = jax.value_and_grad(loss)(weights)
            return [w - rate * g for w, g in zip(weights, gradients, strict=True)], value

        return lax.scan(step, weights, None, length=STEPS[width])

    ensemble = jax.jit(jax.vmap(course))
    return lambda: jax.block_until_ready(ensemble(start, rates))


if __name__ == "__main__":
    answer({f"training-{width}": partial(train, width) for width in STEPS})
