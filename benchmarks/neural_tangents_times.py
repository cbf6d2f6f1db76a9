"""CPU seconds of neural-tangents on one thread, as JSON: {work: seconds}.

Runs in an environment of its own (neural-tangents needs an old jax); the benchmarks start it and
print its figures beside ours. Every function is jitted and warm; the least of five runs counts.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import neural_tangents as nt
import numpy as np
from neural_tangents import stax

DEPTH = 3


def points(n: int) -> jax.Array:
    """n inputs of dimension 64."""
    return jnp.asarray(np.random.default_rng(0).standard_normal((n, 64)), jnp.float32)


def network(width: int, activation, **bias):
    """The (init, apply, kernel) functions of a multilayer perceptron."""
    layers = [
        layer
        for _ in range(DEPTH)
        for layer in (stax.Dense(width, W_std=2**0.5, **bias), activation)
    ]
    return stax.serial(*layers, stax.Dense(1, W_std=2**0.5, **bias))


def seconds(work: Callable[[int], object]) -> float:
    """Least CPU time of five runs after a warm one."""
    jax.block_until_ready(work(0))
    times = []
    for run in range(5):
        start = time.process_time()
        jax.block_until_ready(work(run))
        times.append(time.process_time() - start)
    return min(times)


def analytic(activation) -> Callable[[int], object]:
    """NNGP and tangent kernel on 2000 inputs."""
    x = points(2000)
    kernel = network(1, activation, b_std=0.1)[2]
    both = jax.jit(lambda x: tuple(kernel(x, None, ("nngp", "ntk"))))
    return lambda _: both(x)


def monte_carlo(width: int) -> Callable[[int], object]:
    """The tangent kernel of one fresh network on 32 inputs."""
    x = points(32)
    initialise, apply, _ = network(width, stax.Relu())
    kernel = nt.empirical_ntk_fn(
        apply,
        trace_axes=(-1,),
        vmap_axes=0,
        implementation=nt.NtkImplementation.STRUCTURED_DERIVATIVES,
    )
    fresh = jax.jit(lambda key: kernel(x, None, initialise(key, (-1, 64))[1]))
    return lambda run: fresh(jax.random.PRNGKey(run))


def main() -> None:
    """Print the times."""
    work = {
        "analytic-relu": analytic(stax.Relu()),
        "analytic-erf": analytic(stax.Erf()),
        "initial-512": monte_carlo(512),
        "initial-2048": monte_carlo(2048),
    }
    print(json.dumps({name: seconds(run) for name, run in work.items()}))


if __name__ == "__main__":
    main()
