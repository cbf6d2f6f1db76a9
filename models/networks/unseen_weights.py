"""Weights whose initial value is known by its products only: a tensor that was never drawn.

W = α·W_0 + QᵀMR for each network: a share of an unseen matrix, and what training added to it, in
the directions Q and R in which W_0 has been asked. A gradient zᵀb is the product of what a forward
and a backward pass asked, so it lies in those directions and M holds the whole history.

To the rest of the package it is a tensor [S, N, N] with few operations: products with it from
either side, additions of products, sums and multiples. Everything else asks for single entries,
which nobody drew, and is refused. So forward and backward passes, training, tangent kernels and
linearisation run as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .unseen_matrix import UnseenMatrix, largest_singular_value

aten = torch.ops.aten


@dataclass
class _Weight:
    """α·W_0 + QᵀMR of one network.

    Attributes:
        start: W_0.
        share: α.
        change: M [q, r], for the first q and r directions.
    """

    start: UnseenMatrix
    share: float
    change: Tensor

    def rows(self, u: Tensor) -> Tensor:
        """The product uW; NaN throughout if u is not finite somewhere."""
        c = self.start.from_left(u)
        left, right = self.start.left, self.start.right
        return self._product(c, left.answered, self.change, right.basis) + 0 * u.sum()

    def columns(self, v: Tensor) -> Tensor:
        """The product vWᵀ; NaN throughout if v is not finite somewhere."""
        c = self.start.from_right(v)
        left, right = self.start.left, self.start.right
        return self._product(c, right.answered, self.change.mT, left.basis) + 0 * v.sum()

    def _product(self, c: Tensor, answers: Tensor, change: Tensor, basis: Tensor) -> Tensor:
        k, m = c.shape[1], min(c.shape[1], len(change))
        moved = c[:, :m] @ change[:m]
        product = moved @ basis[: moved.shape[1]]
        return product.addmm_(c, answers[:k], alpha=self.share) if self.share else product

    def add_product_(self, u: Tensor, v: Tensor, scale: float) -> None:
        """Add scale·uᵀv."""
        left, right = self.start.from_left(u), self.start.from_right(v)
        ranks = self.start.ranks
        self.change = _padded(self.change, ranks)
        target = self.change[: left.shape[1], : right.shape[1]]
        target.addmm_(left.mT, right, alpha=scale)

    @torch.inference_mode(False)  # what training adds to, in whatever mode
    def plus(self, other: _Weight, factor: float) -> _Weight:
        """The sum self + factor·other."""
        ranks = self._check_same(other).ranks
        change = _padded(self.change, ranks) + factor * _padded(other.change, ranks)
        return _Weight(self.start, self.share + factor * other.share, change)

    @torch.inference_mode(False)
    def times(self, factor: float) -> _Weight:
        """A multiple."""
        return _Weight(self.start, factor * self.share, factor * self.change)

    def _check_same(self, other: _Weight) -> UnseenMatrix:
        if self.start is not other.start:
            raise NotImplementedError(
                "weights of different networks that were never drawn have neither sum nor product"
            )
        return self.start

    def inner(self, other: _Weight) -> float:
        """⟨W, V⟩, Frobenius; W_0 has as much of a norm as it is drawn to have."""
        ranks = self._check_same(other).ranks
        own, theirs = (_padded(weight.change, ranks).double() for weight in (self, other))
        product = float((own * theirs).sum())
        if self.share or other.share:
            known = self.start.between(*ranks).double()
            product += float((known * (self.share * theirs + other.share * own)).sum())
        if self.share and other.share:
            product += self.share * other.share * self.start.squared_norm
        return product

    def operator_norm(self) -> float:
        """The largest singular value of W.

        Of a change alone it is that of M. With a share of W_0 a Krylov space is asked for, up to
        a thousandth.
        """
        if not self.share:
            return float(torch.linalg.matrix_norm(self.change, 2)) if self.change.numel() else 0.0
        return largest_singular_value(self.rows, self.columns, self.start.any_row())

    def with_start(self, start: Tensor) -> Tensor:
        """The weights in full, W_0 being given: `UnseenMatrix.complete` makes one."""
        q, r = self.change.shape
        left, right = self.start.left.basis[:q], self.start.right.basis[:r]
        return torch.addmm(self.share * start, left.mT @ self.change, right)


class UnseenWeights(Tensor):
    """Weights [S, N, N] of S networks, or their transposes, or a direction in the space of them."""

    of: tuple[_Weight, ...]
    transposed: bool

    @staticmethod
    def __new__(cls, of: Sequence[_Weight], transposed: bool = False) -> UnseenWeights:
        """One weight for each network."""
        start = of[0].start
        size = (start.columns, start.rows) if transposed else (start.rows, start.columns)
        made = Tensor._make_wrapper_subclass(
            cls, (len(of), *size), dtype=start.dtype, device=start.generator.device
        )
        made.of, made.transposed = tuple(of), transposed
        return made

    @classmethod
    def draw(
        cls, size: int, dtype: torch.dtype, generators: Sequence[torch.Generator], deviation: float
    ) -> UnseenWeights:
        """Independent N(0, deviation²) weights [S, size, size], one network per generator."""
        starts = [UnseenMatrix(size, size, dtype, generator) for generator in generators]
        return cls([_Weight(start, deviation, start._empty(0, 0)) for start in starts])

    def inner_products(self, other: UnseenWeights) -> Tensor:
        """The inner product with other weights of the same networks [S]."""
        pairs = zip(self.of, other.of, strict=True)
        return self._numbers([weight.inner(theirs) for weight, theirs in pairs])

    def operator_norms(self) -> Tensor:
        """The largest singular value of every network's matrix [S]."""
        return self._numbers([weight.operator_norm() for weight in self.of])

    def _numbers(self, numbers: Sequence[float]) -> Tensor:
        return torch.tensor(numbers, dtype=self.dtype, device=self.device)

    def __repr__(self, *, tensor_contents: object = None) -> str:
        return f"UnseenWeights({list(self.shape)}, ranks {[w.start.ranks for w in self.of]})"

    # Torch's word for: no operation is known by its Python name, see below for what is.
    __torch_function__ = torch._C._disabled_torch_function_impl  # pyright: ignore[reportAssignmentType]

    @classmethod
    def __torch_dispatch__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        answer = _ANSWERS.get(func)
        if answer is None:
            raise NotImplementedError(
                f"{func} asks for single entries of weights that were never drawn; they are known "
                "by their products only. Draw them: MLP.initialise instead of WideMLP.initialise"
            )
        return answer(*args, **(kwargs or {}))


@torch.inference_mode(False)  # training adds to it in whatever mode
def _padded(change: Tensor, ranks: tuple[int, int]) -> Tensor:
    """M for more directions."""
    if change.shape == ranks:
        return change
    padded = change.new_zeros(ranks)
    padded[: change.shape[0], : change.shape[1]] = change
    return padded


def _clone(weights: UnseenWeights, **_: object) -> UnseenWeights:
    return UnseenWeights([w.times(1.0) for w in weights.of], weights.transposed)


def _zeros_like(weights: UnseenWeights, **_: object) -> UnseenWeights:
    empty = [_Weight(w.start, 0.0, w.start._empty(0, 0)) for w in weights.of]
    return UnseenWeights(empty, weights.transposed)


def _copy_(target: UnseenWeights, source: UnseenWeights, *_: bool) -> UnseenWeights:
    for weight, other in zip(target.of, source.of, strict=True):
        copied = other.times(1.0)
        weight.share, weight.change = copied.share, copied.change
    return target


def _transpose(weights: UnseenWeights, *_: int) -> UnseenWeights:
    return UnseenWeights(weights.of, not weights.transposed)


def _slice(
    weights: UnseenWeights,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> UnseenWeights:
    if dim:
        raise NotImplementedError("weights that were never drawn cannot be cut: give all units")
    return UnseenWeights(weights.of[start:end:step], weights.transposed)


def _bmm(left: Tensor, right: Tensor) -> Tensor:
    product = left.new_empty(len(left), left.shape[1], right.shape[2])
    return _baddbmm_(product, left, right, beta=0)


def _baddbmm_(
    target: Tensor, left: Tensor, right: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    if isinstance(target, UnseenWeights):
        for weight, u, v in zip(target.of, left.mT, right, strict=True):
            weight.add_product_(*((v.mT.mT, u) if target.transposed else (u, v)), alpha)
        return target
    if isinstance(left, UnseenWeights):
        _baddbmm_(target.mT, right.mT, left.mT, beta=beta, alpha=alpha)
        return target
    if not isinstance(right, UnseenWeights):
        raise NotImplementedError("neither of the factors is one that was never drawn")
    for row, questions, weight in zip(target, left, right.of, strict=True):
        answer = weight.columns(questions) if right.transposed else weight.rows(questions)
        if beta == 0:
            torch.mul(answer, alpha, out=row)
        else:
            row.mul_(beta).add_(answer, alpha=alpha)
    return target


def _vector_norm(
    weights: UnseenWeights, order: float = 2, dim: Sequence[int] | None = None, **_: object
) -> Tensor:
    if order != 2 or not dim or sorted(d % 3 for d in dim) != [1, 2]:
        raise NotImplementedError("of weights that were never drawn only Frobenius norms are known")
    return weights.inner_products(weights).sqrt()


def _mul(left: Tensor, right: Tensor) -> UnseenWeights:
    weights, factors = (left, right) if isinstance(left, UnseenWeights) else (right, left)
    if not isinstance(weights, UnseenWeights) or isinstance(factors, UnseenWeights):
        raise NotImplementedError("weights that were never drawn have no product entry by entry")
    each = factors.expand(len(weights.of), 1, 1).flatten().tolist()
    scaled = [w.times(f) for w, f in zip(weights.of, each, strict=True)]
    return UnseenWeights(scaled, weights.transposed)


def _mul_(weights: UnseenWeights, factors: Tensor) -> UnseenWeights:
    for weight, scaled in zip(weights.of, _mul(weights, factors).of, strict=True):
        weight.share, weight.change = scaled.share, scaled.change
    return weights


def _add_(left: UnseenWeights, right: UnseenWeights, *, alpha: float = 1) -> UnseenWeights:
    for weight, total in zip(left.of, _add(left, right, alpha=alpha).of, strict=True):
        weight.share, weight.change = total.share, total.change
    return left


def _add(left: UnseenWeights, right: UnseenWeights, *, alpha: float = 1) -> UnseenWeights:
    pairs = zip(left.of, right.of, strict=True)
    return UnseenWeights([w.plus(v, alpha) for w, v in pairs], left.transposed)


def _sub(left: UnseenWeights, right: UnseenWeights, *, alpha: float = 1) -> UnseenWeights:
    return _add(left, right, alpha=-alpha)


def _index_put_(weights: UnseenWeights, indices: Sequence[Tensor], value: Tensor) -> UnseenWeights:
    """Only what marks a diverged network: a number for all of some networks' weights."""
    for weight, chosen in zip(weights.of, indices[0].tolist(), strict=True):
        if chosen:
            weight.share = float(value)
    return weights


_ANSWERS: dict[Callable[..., Any], Callable[..., Any]] = {
    aten.add.Tensor: _add,
    aten.add_.Tensor: _add_,
    aten.baddbmm_.default: _baddbmm_,
    aten.bmm.default: _bmm,
    aten.clone.default: _clone,
    aten.copy_.default: _copy_,
    aten.index_put_.default: _index_put_,
    aten.mT.default: _transpose,
    aten.linalg_vector_norm.default: _vector_norm,
    aten.mul.Tensor: _mul,
    aten.mul_.Tensor: _mul_,
    aten.slice.Tensor: _slice,
    aten.sub.Tensor: _sub,
    aten.transpose.int: _transpose,
    aten.zeros_like.default: _zeros_like,
}
