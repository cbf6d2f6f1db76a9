"""How accurate the analytic kernels are: a table by activation, depth, precision and scale.

`python benchmarks/kernel_accuracy.py --write docs/performance.md` puts it between the marks there.
Errors are the largest over pairs of inputs of all kinds (orthogonal and generic, equal, nearly
equal, nearly opposite, opposite, parallel, a thousand times as long), against fifty digits, and
relative to the geometric mean of the two inputs' kernels with themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from widthwise.models import Architecture, erf, gelu, leaky_relu, linear, relu, sin
from widthwise.models.kernels.infinite_width import infinite_width_kernels

if __package__:
    from .exact_kernels import exact_kernels
else:
    from exact_kernels import exact_kernels

ACTIVATIONS = {a.name: a for a in (linear, relu, leaky_relu(0.2), erf, gelu, sin)}
SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
DEPTHS = (1, 3)
START, END = "<!-- accuracy: start -->", "<!-- accuracy: end -->"


def pairs_of_inputs(scale: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Two lists of inputs [n, d] whose rows are the pairs, of about the scale given."""
    one, other = torch.randn(2, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    across = other - (other @ one) / (one @ one) * one
    partners = [other, across, one, 2.5 * one, 1e3 * one, 1e-3 * other, -one, -0.3 * one]
    for distance in (1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9):
        partners += [one + distance * across, -one + distance * across]
        partners += [1.7 * (one + distance * across)]
    right = scale * torch.stack(partners)
    return (scale * one).expand_as(right).to(dtype), right.to(dtype)


def errors(name: str, depth: int, scale: float, dtype: torch.dtype) -> tuple[float, float]:
    """The largest error of K and that of Θ."""
    sigma_w, sigma_b = ACTIVATIONS[name].gain, 0.05
    architecture = Architecture(
        1, 6, depth=depth, activation=ACTIVATIONS[name], sigma_w=sigma_w, sigma_b=sigma_b
    )
    left, right = pairs_of_inputs(scale, dtype)
    # Every pair as a set of its own, so that the diagonals and the blocks between are seen too.
    worst = [0.0, 0.0]
    for x, x2 in zip(left, right, strict=True):
        ours = infinite_width_kernels(architecture, torch.stack((x, x2)))
        exact = exact_kernels(name, x.tolist(), x2.tolist(), depth, sigma_w, sigma_b)
        for index, (kernel, pair) in enumerate(zip(ours, exact, strict=True)):
            size = (pair.left * pair.right) ** 0.5
            off = abs(float((kernel[0, 1].item() - pair.between) / size))
            own = (float(abs(kernel[i, i].item() / pair[i + 1] - 1)) for i in (0, 1))
            worst[index] = max(worst[index], off, *own)
    return worst[0], worst[1]


def table() -> Iterator[str]:
    """The lines of the table."""
    yield "| activation, hidden layers | | " + " | ".join(f"{s:.0e}" for s in SCALES) + " |"
    yield "|---|---|" + "---|" * len(SCALES)
    for name in ACTIVATIONS:
        for depth in DEPTHS:
            for dtype in (torch.float32, torch.float64):
                found = [errors(name, depth, scale, dtype) for scale in SCALES]
                cells = " | ".join(f"{k:.0e} / {theta:.0e}" for k, theta in found)
                kind = str(dtype).removeprefix("torch.")
                yield f"| {name}, {depth} | {kind} | {cells} |"


def main() -> None:
    """Print the table, or write it where the marks are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a file with the two marks")
    where = parser.parse_args().write
    lines = "\n".join(table())
    if where is None:
        print(lines)
        return
    before, rest = where.read_text().split(START)
    after = rest.split(END)[1]
    where.write_text(f"{before}{START}\n{lines}\n{END}{after}")


if __name__ == "__main__":
    main()
