"""A Gaussian matrix known by its products alone: what nobody asked about was never drawn.

Of a matrix W [rows, columns] of independent N(0, 1) numbers training shows only products: uW of the
activations u, which a forward pass asks for, and Wv of the signals v, for which a backward pass
does. Q and R hold orthonormal directions in which W has been asked from the left and from the
right, QW and WRᵀ the answers. Given those, W is still free off them: (1 − QᵀQ)W(1 − RᵀR) has the
law that it had. So a new direction q, orthogonal to Q, is answered by (q·WRᵀ)R + g(1 − RᵀR) with
fresh normal g, and what lies along old ones by what was said before. The law of all answers is
that of a matrix drawn beforehand; there is no approximation for large N.

Source: the conditioning of Gaussian matrices of Bolthausen 2014; Bayati & Montanari 2011;
Yang 2020 ("Tensor Programs III"), lemma on Gaussian conditioning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .memory import check_directions

# In units of the rounding of a number, the size, relative to a question, of what is left out of
# it. Sums over a basis round a few times as much as single numbers do.
_ROUNDING = 64
# How short a direction may be, relative to the longest of the same rest, and still be resolved:
# by single precision itself, or by the Gram matrix in double precision, which squares.
_SPREAD = {torch.float32: 1e-5, torch.float64: 1e-7}
_SURVIVES = 0.5**0.5  # of a unit vector, at least, if it is to be a new direction
_SUMMANDS = 2**14  # that a product sums in its own precision
_KRYLOV = 200  # products at most, for a largest singular value
_FIRST_CAPACITY = 64  # directions; what holds them grows by half when it is full


@dataclass
class _Side:
    """The directions in which a matrix has been asked from one side, and the answers.

    Attributes:
        directions: Orthonormal rows; the first `rank` count [capacity, n].
        answers: One per direction [capacity, m].
        rank: How many directions there are.
        asked: The question asked last [questions, n].
        coordinates: Of that question in the directions.
        questions: How many there have been.
    """

    directions: Tensor
    answers: Tensor
    rank: int = 0
    asked: Tensor | None = None
    coordinates: Tensor | None = None
    questions: int = 0

    @property
    def basis(self) -> Tensor:
        """The orthonormal directions [rank, n]."""
        return self.directions[: self.rank]

    @property
    def answered(self) -> Tensor:
        """What the matrix does to each [rank, m]."""
        return self.answers[: self.rank]

    def remembered(self, questions: Tensor) -> Tensor | None:
        """The coordinates of questions that were the first of those asked last."""
        if self.asked is None or self.coordinates is None:
            return None
        count = len(questions)
        if len(self.asked) < count or not torch.equal(self.asked[:count], questions):
            return None
        return self.coordinates[:count]

    def append(self, directions: Tensor, answers: Tensor) -> None:
        """Take in new directions and their answers."""
        rank = self.rank + len(directions)
        if rank > len(self.directions):
            most = self.directions.shape[1]
            capacity = min(most, max(rank, _FIRST_CAPACITY, self.rank * 3 // 2))
            like = self.directions
            check_directions(
                self.rank, rank, capacity, most, self.questions, like.dtype, like.device
            )
            self.directions = _longer(self.directions, self.rank, capacity)
            self.answers = _longer(self.answers, self.rank, capacity)
        self.directions[self.rank : rank] = directions
        self.answers[self.rank : rank] = answers
        self.rank = rank


@dataclass
class UnseenMatrix:
    """A matrix of independent N(0, 1) numbers that are drawn when a product first needs them.

    To whoever asks it is a fixed matrix, drawn beforehand; what it remembers is its own affair.
    Which numbers it has depends on the generator and on the questions in their order.

    Attributes:
        generator: Of this matrix's network, where the matrix is to lie.
        resolution: Relative to its size, what of a question may be left out; the default is
            some roundings.
    """

    rows: int
    columns: int
    dtype: torch.dtype
    generator: torch.Generator = field(repr=False)
    resolution: float = 0.0
    left: _Side = field(init=False, repr=False)
    right: _Side = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.resolution = max(self.resolution, _ROUNDING * torch.finfo(self.dtype).eps)
        self.left = _Side(self._empty(0, self.rows), self._empty(0, self.columns))
        self.right = _Side(self._empty(0, self.columns), self._empty(0, self.rows))

    def _empty(self, *shape: int) -> Tensor:
        return torch.empty(*shape, dtype=self.dtype, device=self.generator.device)

    @property
    def ranks(self) -> tuple[int, int]:
        """In how many directions the matrix is known, from the left and from the right."""
        return self.left.rank, self.right.rank

    def from_left(self, u: Tensor) -> Tensor:
        """Coordinates of u [n, rows] in the left directions, to which what is new in u is added.

        uW is then the coordinates times `left.answered`.
        """
        return self._coordinates(u, self.left, self.right)

    def from_right(self, v: Tensor) -> Tensor:
        """Coordinates of v [n, columns] in the right directions; vWᵀ is those times the answers."""
        return self._coordinates(v, self.right, self.left)

    def between(self, left: int, right: int) -> Tensor:
        """QWRᵀ of the first directions: what the matrix has in the space of both."""
        return self.left.answered[:left] @ self.right.basis[:right].mT

    @cached_property
    def squared_norm(self) -> float:
        """‖W‖²: of what is known, and a draw for what is not, when it is first asked for."""
        q = self.left.basis
        seen, overlap = self.right.answered, self.right.answered @ q.mT
        known = [self.left.answered, seen]
        squared = sum(float(part.double().square().sum()) for part in known)
        squared -= float(overlap.double().square().sum())
        free = (self.rows - self.left.rank) * (self.columns - self.right.rank)
        word = torch.randint(2**62, (), generator=self.generator, device=self.generator.device)
        return squared + np.random.default_rng(int(word)).chisquare(free) if free else squared

    def any_row(self) -> Tensor:
        """A normal vector [1, rows], independent of the matrix."""
        return self._empty(1, self.rows).normal_(generator=self.generator)

    def complete(self) -> Tensor:
        """The matrix [rows, columns]: what is known of it, and fresh numbers for the rest.

        Nothing is remembered of the rest: a second call draws it anew.
        """
        whole = self._empty(self.rows, self.columns).normal_(generator=self.generator)
        q, r = self.left.basis, self.right.basis
        for _ in range(2):  # of what is known nothing must be left, even rounded
            whole -= q.mT @ (q @ whole)
            whole -= (whole @ r.mT) @ r
        from_right = self.right.answered.mT
        return whole + q.mT @ self.left.answered + (from_right - q.mT @ (q @ from_right)) @ r

    def _coordinates(self, questions: Tensor, side: _Side, other: _Side) -> Tensor:
        known = side.remembered(questions)
        if known is not None:
            return known
        side.questions += 1
        parts = [_inner(questions, side.basis)]
        rest = torch.addmm(questions, parts[0], side.basis, alpha=-1)
        floor = self.resolution * float(torch.linalg.vector_norm(questions))
        more = True
        while more and side.rank < rest.shape[1]:
            new, more = self._new_directions(rest, floor, side)
            more = more and len(new) > 0
            side.append(new, self._answers(new, other))
            parts.append(_inner(rest, new))
            if more:
                rest = torch.addmm(rest, parts[-1], new, alpha=-1)
        coordinates = torch.cat(parts, 1)
        side.asked, side.coordinates = questions.clone(), coordinates
        return coordinates

    def _new_directions(self, rest: Tensor, floor: float, side: _Side) -> tuple[Tensor, bool]:
        """Orthonormal directions of what exceeds the floor in the rest, orthogonal to known ones.

        Returns:
            The directions, and whether shorter ones may remain that the longest hid.
        """
        lengths, modes = _principal(rest)
        unresolved = _SPREAD[self.dtype] * float(lengths[-1])
        count = int((lengths > max(floor, unresolved)).sum())
        count = min(count, rest.shape[1] - side.rank)
        if not count:
            return rest[:0], False
        new = (modes[:, -count:] / lengths[-count:]).mT.to(self.dtype) @ rest
        # A second time: the first left roundings of the question, and the rest may be as short.
        # What does not survive it was nothing else.
        new = torch.addmm(new, _inner(new, side.basis), side.basis, alpha=-1)
        lengths, modes = _principal(new)
        keep = lengths > _SURVIVES
        new = (modes[:, keep] / lengths[keep]).mT.to(self.dtype) @ new
        return new, unresolved > floor

    def _answers(self, new: Tensor, other: _Side) -> Tensor:
        """What the matrix does to new directions: as seen from the other side, or fresh."""
        fresh = self._empty(len(new), other.directions.shape[1]).normal_(generator=self.generator)
        seen = _inner(new, other.answered)
        return fresh.addmm_(seen - _inner(fresh, other.basis), other.basis)


def largest_singular_value(
    rows: Callable[[Tensor], Tensor], columns: Callable[[Tensor], Tensor], start: Tensor
) -> float:
    """Of a matrix given by its products uW and vWᵀ, by bidiagonalisation from a row [1, N].

    Stops when a step adds less than a hundred-thousandth.

    Source: Golub & Kahan 1965.
    """
    u = start / start.norm()
    lefts, rights, diagonal, above = [u], [], [], []
    value, previous = 0.0, -1.0
    while value - previous > 1e-5 * value and len(rights) < _KRYLOV:
        v = _off(rows(lefts[-1]), rights)
        diagonal.append(float(v.norm()))
        rights.append(v / v.norm())
        u = _off(columns(rights[-1]), lefts)
        above.append(float(u.norm()))
        lefts.append(u / u.norm())
        band = torch.diag(torch.tensor(diagonal)) + torch.diag(torch.tensor(above[:-1]), -1)
        value, previous = float(torch.linalg.matrix_norm(band, 2)), value
    return value


def _off(row: Tensor, others: list[Tensor]) -> Tensor:
    """A row without what lies along orthonormal others."""
    if others:
        basis = torch.cat(others)
        for _ in range(2):
            row = row - (row @ basis.mT) @ basis
    return row


def _principal(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Singular values of rows [n, N], increasing, and their directions among the n rows."""
    gram = _gram(rows)
    if not bool(gram.isfinite().all()):
        return gram.new_zeros(len(gram)), torch.zeros_like(gram)
    values, modes = torch.linalg.eigh(gram)
    return values.clamp_min(0).sqrt(), modes


def _inner(left: Tensor, right: Tensor) -> Tensor:
    """left·rightᵀ, long sums in double precision: in single a million terms round visibly."""
    if left.shape[1] <= _SUMMANDS:
        return left @ right.mT
    parts = zip(left.split(_SUMMANDS, 1), right.split(_SUMMANDS, 1), strict=True)
    total = left.new_zeros(len(left), len(right), dtype=torch.float64)
    for a, b in parts:
        total += a @ b.mT
    return total.to(left.dtype)


def _gram(rows: Tensor) -> Tensor:
    """In double precision, because a Gram matrix has the squares of its lengths."""
    rows = rows.double()
    return rows @ rows.mT


@torch.inference_mode(False)  # what is kept is written to later, in whatever mode
def _longer(rows: Tensor, count: int, capacity: int) -> Tensor:
    """The first rows of a tensor in one that holds more."""
    longer = rows.new_empty(capacity, rows.shape[1])
    longer[:count] = rows[:count]
    return longer
