import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models.observables.operator_norm import operator_norm


def gaussian(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def exact(matrices):
    return torch.linalg.matrix_norm(matrices.double(), 2)


@pytest.mark.parametrize("shape", [(3, 7), (64, 1), (65, 65), (300, 300), (90, 400), (400, 90)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_random_matrices_have_their_largest_singular_value(shape, dtype):
    """At the edge singular values of a random matrix lie closest, N^-2/3 apart."""
    matrices = gaussian(3, *shape, dtype=dtype)
    ours = operator_norm(matrices)
    assert ours.dtype == dtype
    torch.testing.assert_close(
        ours.double(), exact(matrices), rtol=64 * torch.finfo(dtype).eps, atol=0
    )


@settings(max_examples=30, deadline=None)
@given(
    rank=st.integers(1, 5),
    rows=st.integers(65, 120),
    columns=st.integers(65, 120),
    seed=st.integers(0, 2**20),
    size=st.floats(1e-6, 1e6),
)
def test_so_have_matrices_of_low_rank(rank, rows, columns, seed, size):
    """Krylov spaces of theirs are used up after so many steps."""
    factors = gaussian(2, rows, rank, seed=seed), gaussian(2, rank, columns, seed=seed + 1)
    matrices = size * factors[0] @ factors[1]
    torch.testing.assert_close(operator_norm(matrices), exact(matrices), rtol=1e-12, atol=0)


def test_the_largest_of_equal_singular_values_is_found():
    rotation, _ = torch.linalg.qr(gaussian(100, 100))
    matrices = torch.stack((rotation, 3 * torch.eye(100, dtype=torch.float64)))
    expected = torch.tensor([1.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(operator_norm(matrices), expected)


def test_a_matrix_of_zeros_has_norm_zero():
    assert operator_norm(torch.zeros(2, 80, 80)).tolist() == [0, 0]


def test_every_matrix_is_converged_before_any_is_returned():
    """One is of rank 1 and done at once, the other is random."""
    matrices = gaussian(2, 200, 200)
    matrices[0] = torch.outer(matrices[0, 0], matrices[0, 1])
    torch.testing.assert_close(operator_norm(matrices), exact(matrices), rtol=1e-13, atol=0)
