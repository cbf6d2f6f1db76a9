"""From layer to layer: the kernels of infinitely wide networks, at three levels of care.

What concerns one input alone, K(x, x) and Θ(x, x), is computed in float64 and once per input
(`profile`); both kernels are largest there, so that what overflows is seen there, before anything
else is done. Blocks of pairs run fast, in the inputs' dtype (`block`). The pairs that this leaves
unresolved, nearly parallel ones, run in float64 from the angle between the inputs (`pairs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from .angular_duals import Angle, AngularDual, angle_with_bias
from .dual_activations import DualActivation
from .shares import Shares

_PAIRS = 2**15  # that are resolved at once
_NUMBERS = 2**20  # of inputs that are held at once to compare them

# K is wrong by what its first layers are, times Θ/K at most: a network that drives inputs apart.
_SENSITIVE = 64


class Profile(NamedTuple):
    """What the recursion makes of every input by itself.

    Attributes:
        variances: K^l(x, x) of layers l = 1 … L + 1, float64 [n] each.
        tangent: Θ(x, x), float64 [n].
        features: What each hidden layer's dual needs to know of every input, [f, n].
        sensitive: Whether rounding K^1 to float32 spoils the kernels of the last layer.
    """

    variances: tuple[Tensor, ...]
    tangent: Tensor
    features: tuple[Tensor, ...]
    sensitive: bool

    def diagonals(self, recursion: Recursion) -> tuple[Tensor, Tensor]:
        """K(x, x) of the outputs and Θ(x, x)."""
        nngp = self.variances[-1]
        if not recursion.shares.output:
            nngp = torch.full_like(nngp, recursion.bias_variance)
        return nngp, self.tangent


@dataclass(frozen=True)
class Recursion:
    """The recursion of one architecture.

    Attributes:
        dual: Of the activation.
        weight_variance: σ_w².
        bias_variance: σ_b².
        shares: Which terms survive the limit.
    """

    dual: DualActivation
    weight_variance: float
    bias_variance: float
    shares: Shares

    def profile(self, name: str, x: Tensor) -> Profile:
        """K(x, x) and Θ(x, x) of inputs [n, d].

        Raises:
            OverflowError: Kernels beyond the range of the inputs' dtype; names the layer.
        """
        square = x.double().square().mean(1)
        variance = square * self.weight_variance + self.bias_variance
        given = (x != 0).any(1) | (self.bias_variance > 0)
        tangent = self.shares.own(variance, 0, self.bias_variance)
        variances, features = [variance], []
        change = variance
        check_range(name, x.dtype, variance, change, given, 1)
        for layer in range(1, len(self.shares.weights)):
            features.append(self._features(variance, x.dtype))
            value, slope = self._variances(variance, features[-1])
            variance = value * self.weight_variance + self.bias_variance
            slope = slope * self.weight_variance
            tangent = self.shares.own(variance, layer, self.bias_variance) + slope * tangent
            change = variance + slope * change
            check_range(name, x.dtype, variance, change, given, layer + 1)
            variances.append(variance)
        sensitive = bool((change > _SENSITIVE * variance).any())
        return Profile(tuple(variances), tangent, tuple(features), sensitive)

    def _features(self, p: Tensor, dtype: torch.dtype) -> Tensor:
        if self.dual.angular is not None:
            return self.dual.features(p).to(dtype)
        # An expansion has no more digits than it was asked for: those of the inputs' dtype.
        return self.dual.features(p.to(dtype))

    def _variances(self, p: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        if self.dual.angular is not None:
            return self.dual.angular.variances(p)
        value, columns = p.to(features.dtype, copy=True)[:, None], features[:, :, None]
        slope = self.dual.moments_(value, columns, columns, 1.0)
        return value[:, 0].double(), slope[:, 0].double()

    def block(self, gram: Tensor, rows: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
        """Overwrites a block of xx'/d by that of K and returns that of Θ, which has NaN for pairs
        that are not resolved.
        """
        covariance = gram.mul_(self.weight_variance)
        if self.bias_variance:
            covariance.add_(self.bias_variance)
        tangent = self.shares.own(covariance, 0, self.bias_variance).clone()
        for layer in range(1, len(self.shares.weights)):
            slope = self.dual.moments_(
                covariance,
                rows[layer - 1][:, :, None],
                columns[layer - 1][:, None, :],
                self.weight_variance,
            )
            if self.bias_variance:
                covariance.add_(self.bias_variance)
            own = self.shares.own(covariance, layer, self.bias_variance)
            torch.addcmul(own, tangent, slope, out=tangent)
        if not self.shares.output:
            covariance.fill_(self.bias_variance)
        return tangent

    def pairs(
        self,
        points: Sequence[Tensor],
        variances: Sequence[Sequence[Tensor]],
        chosen: tuple[Tensor, ...],
    ) -> tuple[Tensor, Tensor]:
        """K and Θ of some pairs of inputs, float64 [pairs].

        Args:
            points: The inputs on the left, [n, d], and on the right, [n2, d].
            variances: K^l(x, x) of each layer, of both.
            chosen: Of each pair, which input on the left it is and which on the right [pairs].

        Raises:
            ValueError: The dual is not known from the angle.
        """
        dual = self.dual.angular
        if dual is None:
            raise ValueError(f"the dual of {self.dual.name} gives numbers that are not finite")
        units = [self._of_unit_length(x, own[0]) for x, own in zip(points, variances, strict=True)]
        parts = [
            self._resolved(dual, units, variances, part)
            for part in zip(*(indices.split(_PAIRS) for indices in chosen), strict=True)
        ]
        nngp, tangent = (torch.cat(part) for part in zip(*parts, strict=True))
        return nngp, tangent

    def _of_unit_length(self, x: Tensor, variance: Tensor) -> Tensor:
        """Inputs with the bias for a coordinate more, divided by the root of their variance."""
        scale = (self.weight_variance / x.shape[1]) ** 0.5
        whole = torch.nn.functional.pad(x.double() * scale, (0, 1), value=self.bias_variance**0.5)
        return torch.where(variance > 0, variance.rsqrt(), 0)[:, None] * whole

    def _resolved(
        self,
        dual: AngularDual,
        units: Sequence[Tensor],
        variances: Sequence[Sequence[Tensor]],
        chosen: tuple[Tensor, ...],
    ) -> tuple[Tensor, Tensor]:
        sizes = [(p[chosen[0]], q[chosen[1]]) for p, q in zip(*variances, strict=True)]
        angle = _angle_between(units[0], units[1], chosen[0], chosen[1])
        covariance = _covariance(*sizes[0], angle)
        tangent = self.shares.own(covariance, 0, self.bias_variance)
        for layer in range(1, len(sizes)):
            angle, slope = dual.moments(*sizes[layer - 1], angle)
            p, q = (size - self.bias_variance for size in sizes[layer])
            angle = angle_with_bias(angle, p, q, self.bias_variance)
            covariance = _covariance(*sizes[layer], angle)
            own = self.shares.own(covariance, layer, self.bias_variance)
            tangent = own + tangent * slope * self.weight_variance
        if not self.shares.output:
            covariance = torch.full_like(covariance, self.bias_variance)
        return covariance, tangent


def _angle_between(units: Tensor, units2: Tensor, left: Tensor, right: Tensor) -> Angle:
    """Of vectors of unit length, by their differences or else their sums: Kahan's formula.

    A vector of zeros is at a right angle to all.
    """
    versine = torch.empty(len(left), dtype=units.dtype, device=units.device)
    size = max(1, _NUMBERS // units.shape[1])
    for start in range(0, len(left), size):
        part = slice(start, start + size)
        apart = (units[left[part]] - units2[right[part]]).square_().sum(1)
        versine[part] = apart / 2
    vercosine = 2 - versine
    far = (versine > 1).nonzero()[:, 0]
    for part in far.split(size):
        together = (units[left[part]] + units2[right[part]]).square_().sum(1)
        vercosine[part] = together / 2
        versine[part] = 2 - together / 2
    zero = (units == 0).all(1)[left] | (units2 == 0).all(1)[right]
    return Angle(versine.masked_fill_(zero, 1), vercosine.masked_fill_(zero, 1))


def _covariance(p: Tensor, q: Tensor, angle: Angle) -> Tensor:
    return torch.where(p == q, p, p.sqrt() * q.sqrt()) * angle.cosine


def check_range(
    name: str, dtype: torch.dtype, variance: Tensor, tangent: Tensor, given: Tensor, layer: int
) -> None:
    """Refuse kernels of inputs with themselves that a dtype cannot hold.

    No entry of either kernel is larger than those: |K(x, x′)|² ≤ K(x, x)K(x′, x′).

    Args:
        name: Of the inputs.
        dtype: Of the kernels.
        variance: K(x, x) [n].
        tangent: What Θ(x, x) is at most [n].
        given: Of which inputs K(x, x) = 0 would be an underflow [n].
        layer: Which one it is.

    Raises:
        OverflowError: Names layer and input.
    """
    limits = torch.finfo(dtype)
    fits = (variance <= limits.max) & (tangent <= limits.max)
    fits &= (variance >= limits.tiny) | ~given
    if not bool(fits.all()):
        worst = int((~fits).nonzero()[0])
        larger = "" if dtype == torch.float64 else "take float64, or "
        raise OverflowError(
            f"in layer {layer} the kernels of {name}[{worst}] with itself are K = "
            f"{float(variance[worst]):.3g} and Θ up to {float(tangent[worst]):.3g}, out of the "
            f"range of {str(dtype).removeprefix('torch.')} ({limits.tiny:.2g} … "
            f"{limits.max:.2g}): {larger}rescale the inputs or change sigma_w"
        )
