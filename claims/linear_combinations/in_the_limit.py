"""What infinitely wide networks of two hidden layers do along the gradients of their outputs.

In the limit training moves the weights by Σ_j a_j ∂f(x_j)/∂W with a = Θ⁻¹Δf(X), whatever its
course, and everything here follows from that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from widthwise.models import Activation, Architecture, erf, relu
from widthwise.models.kernels.infinite_width import dual_activation


class LayerKernels(NamedTuple):
    """The parts of the infinite-width kernels of L hidden layers on n points, each [n, n].

    Attributes:
        covariances: K^l of the preactivations h^l, l = 1 … L + 1, the last being the output.
        slopes: σ_w²E[φ′φ′] from h^l to h^(l+1), l = 1 … L.
        below: What the weights up to h^l add to the output's tangent kernel, l = 1 … L + 1;
            the last is all of Θ.
    """

    covariances: tuple[Tensor, ...]
    slopes: tuple[Tensor, ...]
    below: tuple[Tensor, ...]


def kernels_of_layers(architecture: Architecture, x: Tensor) -> LayerKernels:
    """The recursion of Jacot et al. 2018, layer by layer, without biases.

    Args:
        architecture: Of the networks, in the NTK parametrization.
        x: Inputs [n, d].
    """
    dual = dual_activation(architecture.activation)
    square = architecture.gain**2
    covariances, slopes = [square / x.shape[1] * x @ x.T], []
    below = [covariances[0]]
    for _ in range(architecture.depth):
        variance = covariances[-1].diagonal().clone()
        value, slope = dual(covariances[-1], variance, variance)
        covariances.append(square * value)
        slopes.append(square * slope)
        below = [part * slopes[-1] for part in below]
        below.append(below[-1] + covariances[-1])
    return LayerKernels(tuple(covariances), tuple(slopes), tuple(below))


def share_beyond_the_gradients(
    architecture: Architecture, layers: LayerKernels, dual: Tensor, *, equal_slopes: bool
) -> float:
    """The share of ‖Δh²‖² outside the span of the gradients ∂f(x_j)/∂h², as N → ∞.

    Two things move h²(x). Its own weights move it by Σ_j a_j K²(x, x_j) g(x_j), g = ∂f/∂h², and
    h¹ moves it by Σ_j a_j K¹(x, x_j)·(σ_w²/N) W D(x)D(x_j)Wᵀ g(x_j), with W the square matrix
    between the layers and D(x) = diag φ′(h¹(x)). The mean of W D Wᵀ is a multiple of the
    identity and stays in the span. Its fluctuation does not get small with N, because W is
    square: it carries g(x_j) to a random vector, and the inner product of two of those is
    σ_w⁴ E[φ′(h¹(x))²φ′(h¹(x_j))φ′(h¹(x_k))]·g(x_j)·g(x_k).

    Args:
        architecture: Two hidden layers of erf or ReLU.
        layers: Of the n training points and then m others.
        dual: a = Θ⁻¹Δf(X) [n].
        equal_slopes: Take every unit's slope products for their means, as in a linear network.
    """
    n, (first, second, _), (slope, upper) = len(dual), layers.covariances, layers.slopes
    gram = upper[:n, :n]
    along = dual * (second + slope * first)[:, :n]
    own = torch.einsum("xi,ij,xj->", along, gram, along)
    through = dual * first[:, :n]
    if equal_slopes:
        means = slope[:, :n]
        spread = torch.einsum("xi,ij,xj->", means * through, gram, means * through)
    else:
        moment = architecture.gain**4 * fourth_moment(architecture.activation, first, n)
        spread = torch.einsum("xi,xij,ij,xj->", through, moment, gram, through)
    return float(spread / (own + spread))


def fourth_moment(activation: Activation, covariance: Tensor, n: int) -> Tensor:
    """E[φ′(u_x)²φ′(u_i)φ′(u_j)] for u ~ N(0, covariance), every x and the first n of i, j.

    For erf a Gaussian integral, for ReLU the probability of an orthant.

    Raises:
        ValueError: Another activation.
    """
    v = covariance.diagonal()
    if activation is relu:
        angle = torch.asin((covariance / (v * v[:, None]).sqrt()).clamp(-1, 1))
        angles = angle[:, :n, None] + angle[:, None, :n] + angle[:n, :n]
        return 1 / 8 + angles / (4 * math.pi)
    if activation is not erf:
        raise ValueError(f"the moment is known for erf and relu, not {activation}")
    # With s = A⁻¹ + 2·covariance, A = diag(2, 1, 1): (2/√π)⁴ / √(det A · det s).
    s_x, s_i, s_j = 0.5 + 2 * v[:, None, None], 1 + 2 * v[:n, None], 1 + 2 * v[:n]
    xi, xj, ij = (2 * c for c in (covariance[:, :n, None], covariance[:, None, :n], covariance))
    ij = ij[:n, :n]
    determinant = s_x * (s_i * s_j - ij**2) + 2 * xi * xj * ij - s_i * xj**2 - s_j * xi**2
    return 16 / math.pi**2 / (2 * determinant).sqrt()
