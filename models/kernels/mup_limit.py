"""The exact feature-learning limit of linear networks with one hidden layer.

In μP a unit is a pair (u, ω): its incoming weights u in R^d, scaled to be what it computes
u·x, and its outgoing weights ω in R^k, scaled by √N. The outputs are f(x) = σ_w·E[u·x ω], the
mean over units. A step of gradient descent moves every unit by the same linear map,

    u ← u − η (σ_w³/d) G ω,   ω ← ω − η σ_w Gᵀu,   G = Xᵀ(f − Y),

so that the second moments C of (u, ω) are all there is to know, and a matrix of d + k rows
follows the network exactly. Units are averaged over the normal law in the limit, over the N
units of a finite network; the recursion is the same, and only its start differs, by O(N^-½).

Source: Yang & Hu 2021, section 7.1 and appendix on linear 1-hidden-layer networks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..networks.activations import linear
from ..networks.architecture import Architecture
from ..networks.network import MLP
from ..networks.tensor_checks import check_numbers
from .infinite_width import check_points


@dataclass(frozen=True)
class UnitMoments:
    """Second moments of the units of a linear network with one hidden layer, in μP.

    Attributes:
        architecture: The network's; its width plays no role.
        matrix: C [..., d + k, d + k], the mean over units of the outer square of (u, ω).
    """

    architecture: Architecture
    matrix: Tensor = field(repr=False)

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs on x [n, d]: [..., n], or [..., n, k] for k > 1 outputs."""
        return self._squeezed(self._outputs(x))

    def features(self, x: Tensor) -> Tensor:
        """The kernel of the hidden layer, the mean over units of h(x)h(x'): [..., n, n]."""
        d = self.architecture.input_dim
        return x @ self.matrix[..., :d, :d] @ x.T

    def _outputs(self, x: Tensor) -> Tensor:
        d = self.architecture.input_dim
        return self.architecture.gain * (x @ self.matrix[..., :d, d:])

    def _squeezed(self, outputs: Tensor) -> Tensor:
        return outputs[..., 0] if self.architecture.scalar else outputs

    def descended(self, gradient: Tensor, rate: float) -> UnitMoments:
        """After a step of rate η along G = Xᵀ(f − Y) [..., d, k]."""
        a, d = self.architecture, self.architecture.input_dim
        incoming = rate * a.gain**3 / d * gradient
        outgoing = rate * a.gain * gradient.mT
        # M C Mᵀ with M = 1 − [[0, incoming], [outgoing, 0]], half by half.
        half = self.matrix - torch.cat(
            (incoming @ self.matrix[..., d:, :], outgoing @ self.matrix[..., :d, :]), -2
        )
        moved = half - torch.cat((half[..., d:] @ incoming.mT, half[..., :d] @ outgoing.mT), -1)
        return UnitMoments(a, moved)


@dataclass(frozen=True)
class MomentRun:
    """Gradient descent on the moments.

    Attributes:
        initial: The moments before.
        final: The moments after.
        losses: ½Σ(f−y)² before each step and at the end [..., steps + 1].
        observed: Outputs on the observed inputs before each step and at the end
            [..., steps + 1, m], or [..., steps + 1, m, k] for k > 1 outputs.
    """

    initial: UnitMoments
    final: UnitMoments
    losses: Tensor = field(repr=False)
    observed: Tensor = field(repr=False)


def limit_moments(
    architecture: Architecture,
    *,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
) -> UnitMoments:
    """The moments at initialisation in the limit of infinite width.

    Raises:
        ValueError: An architecture other than one linear hidden layer without biases in μP,
            or a parametrization that trains the same functions as μP.
    """
    _check_architecture(architecture)
    d, k = architecture.input_dim, architecture.output_dim
    variances = torch.ones(d + k, dtype=dtype, device=device)
    variances[:d] = architecture.gain**2 / d
    return UnitMoments(architecture, variances.diag())


def unit_moments(network: MLP) -> UnitMoments:
    """The moments [S, d + k, d + k] of finite networks: training those is training them.

    Raises:
        ValueError: As `limit_moments`.
    """
    a = network.architecture
    _check_architecture(a)
    first, output = network.weights
    exponent = a.parametrization.output.b
    units = torch.cat((first * a.weight_scales[0].multiplier, output.mT * a.width**exponent), dim=1)
    return UnitMoments(a, units @ units.mT / a.width)


def train_moments(
    moments: UnitMoments,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    rate: float,
    observe: Tensor | None = None,
) -> MomentRun:
    """Full-batch gradient descent on ½Σ(f−y)², as `train` does it for finite networks.

    Args:
        moments: Where to start: those of the limit or of finite networks.
        x: Inputs [n, d].
        y: Targets [n], or [n, k] for k > 1 outputs.
        steps: Number of steps.
        rate: η.
        observe: Inputs [m, d] on which to record the outputs; None means x.

    Raises:
        TypeError: Tensors of another dtype or device than the moments.
        ValueError: Shapes that do not fit, negative steps, a rate that is not positive.
        FloatingPointError: Training diverged; says at which step.
    """
    a = moments.architecture
    observe = x if observe is None else observe
    for name, points in (("x", x), ("observe", observe)):
        check_points(name, points, moments.matrix, a.input_dim)
    targets = y.unsqueeze(-1) if a.scalar else y
    if targets.shape != (len(x), a.output_dim):
        expected = f"[{len(x)}]" if a.scalar else f"[{len(x)}, {a.output_dim}]"
        raise ValueError(f"y must be {expected}, not {list(y.shape)}")
    check_numbers("y", y)
    if not len(x):
        raise ValueError("x has no inputs: there is nothing to learn from")
    if steps < 0 or not 0 < rate < float("inf"):
        raise ValueError(f"steps and rate must be positive, not {steps!r} and {rate!r}")
    current, losses, observed = moments, [], []
    for step in range(steps + 1):
        residual = current._outputs(x) - targets
        losses.append(residual.square().sum((-2, -1)) / 2)
        observed.append(current(observe))
        if not bool(torch.isfinite(losses[-1]).all()):
            raise FloatingPointError(
                f"training diverged at step {step}: rate {rate:g} is too large"
            )
        if step < steps:
            current = current.descended(x.T @ residual, rate)
    axis = -1 if a.scalar else -2
    return MomentRun(moments, current, torch.stack(losses, -1), torch.stack(observed, axis - 1))


def _check_architecture(a: Architecture) -> None:
    a.require_plain("the limit of μP")
    if a.depth != 1 or a.activation != linear or a.sigma_b:
        raise ValueError(
            "the exact limit is known for one linear hidden layer without biases, not for "
            f"depth {a.depth}, {a.activation}, sigma_b {a.sigma_b:g}"
        )
    first, output = a.parametrization.input, a.parametrization.output
    powers = (
        first.a + first.b,
        2 * first.a + first.c + output.a + output.b,
        output.a + output.b - 1,
        output.a + output.c - output.b,
    )
    if any(abs(power) > 1e-12 for power in powers):
        raise ValueError(f"the limit is that of μP, which {a.parametrization.name} does not train")
