"""The tangent kernel of ReLU networks at one input, drawn by the thousand.

At one input a hidden weight matrix W shows two vectors only: Wz on the way up, which is |z| times
a normal one, and Wᵀs on the way down, of which what lies along z is known by then and the rest is
|s| times a normal one. This is the conditioning of `widthwise.models.kernels.conditioned`, exact in
law at every width, with one stream of random numbers for all networks of a seed instead of one
each.
"""

import torch

from widthwise.models.networks.randomness import normal_


def tangent_kernels(width, depth, seed, networks):
    """Θ(x, x)/E[Θ(x, x)] of bias-free ReLU networks at initialisation [networks]."""
    normals = torch.empty(1, depth, 2, networks, width, dtype=torch.float32)
    normal_([normals], (seed,))
    up, down = normals[0].unbind(1)
    gain = (2 / width) ** 0.5
    size = torch.ones(networks, 1)  # of what a layer reads, fan-in divided out
    read, activations = [size], []
    for normal in up:
        activations.append((2**0.5 * size * normal).relu())
        size = activations[-1].norm(dim=1, keepdim=True) / width**0.5
        read.append(size)
    theta = 2 * read[-1].square()
    # The output weights and, layer by layer, the fresh part of Wᵀs.
    signals = gain * down[-1] * (activations[-1] > 0)
    for layer in range(depth - 1, -1, -1):
        theta = theta + 2 * read[layer].square() * signals.square().sum(1, keepdim=True)
        if layer:
            below, fresh = activations[layer - 1], down[layer - 1]
            along = below / below.norm(dim=1, keepdim=True).clamp(min=1e-30)
            known = (up[layer] * signals).sum(1, keepdim=True)
            strength = signals.norm(dim=1, keepdim=True)
            known = known - strength * (along * fresh).sum(1, keepdim=True)
            signals = gain * (known * along + strength * fresh) * (below > 0)
    return theta[:, 0].double() / (2 * (depth + 1))


def relative_variances(width, seeds, depth, networks):
    """Var Θ(x, x)/E[Θ(x, x)]² over some networks of every seed [S]; the mean is the known one."""
    return torch.stack(
        [(tangent_kernels(width, depth, seed, networks) - 1).square().mean() for seed in seeds]
    )


def log_variances(width, seeds, depth, networks):
    """Var ln Θ(x, x) over some networks of every seed [S]."""
    return torch.stack(
        [tangent_kernels(width, depth, seed, networks).log().var() for seed in seeds]
    )
