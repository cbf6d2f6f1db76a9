"""Networks at initialisation, drawn without their weights: Gaussian conditioning.

Of a hidden weight matrix W [N, N] a network on n inputs shows two products only, zW of the
activations z [n, N] and BWᵀ of the signals B that come back. Given z the first is R·G, where
R Rᵀ = z zᵀ and G [n, N] is normal: what W does on the span of z. The signals depend on W through
G alone, so off that span W is still free, and the second product is B Gᵀ Qᵀ + F(1 − QQᵀ) with
F = B W̃ᵀ for a fresh W̃ (Q: orthonormal rows-to-units basis of the span). F again needs the Gram
matrix of B only. Cost and memory grow like n²N and nN instead of nN² and N², and the law is
exact: this is no approximation for large N.

Source: the conditioning of Gaussian matrices by which Bolthausen 2014 and Yang 2020 ("Tensor
Programs III", lemma on Gaussian conditioning) prove their limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.connectivity import Dense
from ..networks.randomness import check_seeds, normal_
from .infinite_width import check_points
from .positive_definite import pivots_resolved, rounding

_PURPOSE = 7  # other random numbers than those of MLP.initialise with the same seed
_BLOCK_BYTES = 2**24


class InitialKernels(NamedTuple):
    """What networks do at initialisation on n inputs.

    Attributes:
        outputs: f [S, n], or [S, n, k] for k > 1 outputs.
        nngp: Covariance of an output given the hidden layers, [S, n, n].
        tangent: The tangent kernel, [S, n, n], or [S, n, k, n, k] for k > 1 outputs.
    """

    outputs: Tensor
    nngp: Tensor
    tangent: Tensor


def initial_kernels(architecture: Architecture, x: Tensor, seeds: Sequence[int]) -> InitialKernels:
    """Draw outputs and kernels of one network per seed, jointly and exactly in law.

    The same law as `MLP.initialise` followed by `tangent_kernel`, with other random numbers:
    a seed does not give the same network in both.

    Args:
        architecture: Of the networks.
        x: Inputs [n, d], float32 or float64, at most as many as the width.
        seeds: One per network; a network depends on its own seed only.

    Raises:
        TypeError: Inputs that are no matrix of float32 or float64.
        ValueError: Inputs of the wrong dimension, not finite, requiring grad, or more than the
            width; a convolutional network; seeds that are empty, repeated or outside 63 bits.
        OverflowError: Kernels out of the range of the dtype.
    """
    check_points("x", x, x, architecture.input_dim)
    if not isinstance(architecture.connectivity, Dense):
        raise ValueError("conditioning is for dense layers; draw the weights with CNN.initialise")
    if len(x) > architecture.width:
        raise ValueError(
            f"conditioning on {len(x)} inputs needs a width of at least {len(x)}, not "
            f"{architecture.width}; draw the weights with MLP.initialise instead"
        )
    seeds = check_seeds(seeds)
    if not len(x):
        k = architecture.output_dim
        outputs, tangent = ((), (0, 0)) if architecture.scalar else ((k,), (0, k, 0, k))
        return InitialKernels(
            *(x.new_empty(len(seeds), *shape) for shape in ((0, *outputs), (0, 0), tangent))
        )
    per_seed = x.element_size() * len(x) * architecture.output_dim * architecture.width
    size = max(1, _BLOCK_BYTES // (per_seed * (architecture.depth + 1)))
    with torch.no_grad():
        blocks = [
            _draw(architecture, x, seeds[start : start + size])
            for start in range(0, len(seeds), size)
        ]
    kernels = InitialKernels(*(torch.cat(parts) for parts in zip(*blocks, strict=True)))
    if not all(bool(torch.isfinite(part).all()) for part in kernels):
        raise OverflowError(
            f"the kernels are out of the range of {x.dtype}: take float64, or rescale the inputs "
            "or change sigma_w"
        )
    return kernels


class _Noise(NamedTuple):
    """The normal numbers of S networks: of every product with a weight matrix, and the biases."""

    first: Tensor
    forward: tuple[Tensor, ...]
    backward: tuple[Tensor, ...]
    output: Tensor
    biases: tuple[Tensor, ...]


def _noise(a: Architecture, x: Tensor, seeds: tuple[int, ...]) -> _Noise:
    n, k, hidden = len(x), a.output_dim, a.depth - 1

    def empty(*shape: int) -> Tensor:
        return x.new_empty(len(seeds), *shape)

    noise = _Noise(
        empty(min(n, a.input_dim), a.width),
        tuple(empty(n, a.width) for _ in range(hidden)),
        tuple(empty(n * k, a.width) for _ in range(hidden)),
        empty(a.width, k),
        tuple(empty(1, out) for _, out in a.fans) if a.sigma_b > 0 else (),
    )
    normal_(
        [noise.first, *noise.forward, *noise.backward, noise.output, *noise.biases],
        seeds,
        _PURPOSE,
    )
    return noise


class _Layer(NamedTuple):
    """A hidden layer: φ(h), φ′(h), the Gram matrix of φ(h), its root, and the root's inverse."""

    activations: Tensor
    slopes: Tensor
    gram: Tensor
    root: Tensor
    inverse: Tensor


def _draw(a: Architecture, x: Tensor, seeds: tuple[int, ...]) -> InitialKernels:
    noise = _noise(a, x, seeds)
    gains = [scale.multiplier * scale.deviation for scale in a.weight_scales]
    layers = list(_forward(a, x, noise, gains))
    top = layers[-1].activations
    outputs = _biased(a, noise, a.depth, gains[-1] * (top @ noise.output))
    nngp = gains[-1] ** 2 * layers[-1].gram
    if a.sigma_b:
        nngp += _bias_gain(a, a.depth) ** 2
    k = a.output_dim
    tangent = _tangent(a, x, noise, gains, layers)
    if a.scalar:
        return InitialKernels(outputs[..., 0], nngp, tangent)
    return InitialKernels(outputs, nngp, tangent.unflatten(2, (-1, k)).unflatten(1, (-1, k)))


def _forward(a: Architecture, x: Tensor, noise: _Noise, gains: list[float]) -> Iterator[_Layer]:
    # x is a root of its own Gram matrix, but a Cholesky factor may be the smaller one.
    root = x if len(x) >= a.input_dim else _root((x @ x.T)[None])[0]
    products = gains[0] * (root @ noise.first)
    for layer in range(a.depth):
        h = _biased(a, noise, layer, products)
        z = a.activation.value(h)
        gram = z @ z.mT
        root, inverse = _root(gram)
        yield _Layer(z, a.activation.slope(h), gram, root, inverse)
        if layer + 1 < a.depth:
            products = gains[layer + 1] * (root @ noise.forward[layer])


def _tangent(
    a: Architecture, x: Tensor, noise: _Noise, gains: list[float], layers: list[_Layer]
) -> Tensor:
    """Θ [S, nk, nk]: over layers, Gram of what they read ∘ Gram of what comes back."""
    n, k = len(x), a.output_dim
    ones = torch.eye(k, dtype=x.dtype, device=x.device).repeat(n, n)
    kernel = _spread(_read(a, layers[-1].gram, a.depth), k) * ones
    signals = gains[-1] * noise.output.mT.unsqueeze(1) * layers[-1].slopes.unsqueeze(2)
    signals = signals.flatten(1, 2)
    for index in range(a.depth - 1, -1, -1):
        gram = signals @ signals.mT
        below = layers[index - 1].gram if index else x @ x.T
        kernel.addcmul_(_spread(_read(a, below, index), k), gram)
        if index:
            fresh = _root(gram)[0] @ noise.backward[index - 1]
            signals = _back(layers[index - 1], noise.forward[index - 1], signals, fresh, k)
            signals *= gains[index]
    return kernel


def _back(layer: _Layer, forward: Tensor, signals: Tensor, fresh: Tensor, k: int) -> Tensor:
    """B Wᵀ ∘ φ′: on the span of the activations as the forward pass saw W, elsewhere fresh."""
    seen = signals @ forward.mT - (fresh @ layer.activations.mT) @ layer.inverse.mT
    product = torch.baddbmm(fresh, seen @ layer.inverse, layer.activations)
    product.unflatten(1, (-1, k)).mul_(layer.slopes.unsqueeze(2))
    return product


def _root(gram: Tensor) -> tuple[Tensor, Tensor]:
    """R with R Rᵀ = gram [S, n, n], and its (pseudo-)inverse.

    By Cholesky; by eigenvectors for the singular among the matrices, as when inputs coincide or
    for the signals of a linear network.
    """
    root, failures = torch.linalg.cholesky_ex(gram)
    singular = (failures > 0) | ~pivots_resolved(root, gram)
    # What has overflowed has no eigenvectors; it is refused once all is done.
    singular &= torch.isfinite(gram).flatten(1).all(1)
    identity = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    if not bool(singular.any()):
        return root, torch.linalg.solve_triangular(root, identity, upper=False)
    root[singular] = identity
    inverse = torch.linalg.solve_triangular(root, identity, upper=False)
    values, modes = torch.linalg.eigh(gram[singular])
    floor = rounding(gram, values[..., -1:])
    size = torch.where(values > floor, values, 0).sqrt().unsqueeze(-2)
    root[singular] = modes * size
    inverse[singular] = (modes * torch.where(size > 0, 1 / size, 0)).mT
    return root, inverse


def _biased(a: Architecture, noise: _Noise, layer: int, products: Tensor) -> Tensor:
    if not a.sigma_b:
        return products
    return products.add_(noise.biases[layer], alpha=_bias_gain(a, layer))


def _bias_gain(a: Architecture, layer: int) -> float:
    scale = a.bias_scales[layer]
    return scale.multiplier * scale.deviation


def _read(a: Architecture, gram: Tensor, layer: int) -> Tensor:
    """The kernel of the layer's own parameters, before the signals: weights and bias."""
    scale = a.weight_scales[layer]
    kernel = gram * (scale.rate * scale.multiplier**2)
    if a.sigma_b:
        scale = a.bias_scales[layer]
        kernel = kernel + scale.rate * scale.multiplier**2
    return kernel


def _spread(kernel: Tensor, k: int) -> Tensor:
    """[…, n, n] to […, nk, nk]: the same for every pair of outputs."""
    if k == 1:
        return kernel
    return kernel.repeat_interleave(k, -1).repeat_interleave(k, -2)
