"""Whether what a network of a million units remembers of its matrices stays one matrix.

Trains for hundreds of steps and prints, as it goes, how far the directions are from orthonormal
and how far QWRᵀ differs as seen from the left and from the right, relative to its entries' size 1.
`OMP_NUM_THREADS=1 python benchmarks/wide_stability.py [log2 of the width] [steps]`.
"""

from __future__ import annotations

import sys
import time

import torch

from widthwise.models import WideMLP, erf, kernel_rate, sphere, train
from widthwise.models.networks.unseen_matrix import UnseenMatrix

EVERY = 25


def gram(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """left·rightᵀ summed in double precision, some columns at a time."""
    return sum(
        a.double() @ b.double().mT
        for a, b in zip(left.split(2**16, 1), right.split(2**16, 1), strict=True)
    )


def faults(start: UnseenMatrix) -> tuple[float, float]:
    """The largest entry of QQᵀ − 1 on either side, and of QWRᵀ from the left minus the right."""
    left, right = start.left, start.right
    apart = [
        float((gram(q, q) - torch.eye(len(q), dtype=torch.float64)).abs().max())
        for q in (left.basis, right.basis)
    ]
    between = gram(left.answered, right.basis) - gram(left.basis, right.answered)
    return max(apart), float(between.abs().max())


def main(power: int = 20, steps: int = 200) -> None:
    """Train, and look every few steps."""
    torch.set_num_threads(1)
    data = sphere(16, 16, 16)
    network = WideMLP.initialise(2**power, (1,), input_dim=16, activation=erf)
    y = network(data.x_train) + data.y_train
    rate = kernel_rate(network, data.x_train)
    (weight,) = network.weights[1].of  # pyright: ignore[reportAttributeAccessIssue]
    start = time.process_time()
    for taken in range(EVERY, steps + 1, EVERY):
        run = train(network, data.x_train, y, steps=EVERY, rate=rate, tolerance=0)
        network = run.final
        orthogonality, two_sides = faults(weight.start)
        print(
            f"{taken} steps, ranks {weight.start.ranks}, {time.process_time() - start:.0f} CPU s: "
            f"loss {float(run.losses[0, -1]):.2g}, orthogonal to {orthogonality:.1e}, "
            f"two sides agree to {two_sides:.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
