import pytest
import torch

from widthwise.models.networks.products import add_product_, multiply

SHAPES = [
    (7, 5, 1),
    (7, 1, 5),
    (1, 4, 3),
    (7, 20, 3),
    (7, 20, 15),
    (7, 20, 16),
    (3, 1, 40),
    (9, 2, 1),
]
"""(n, m, p): with one column, few and many, an inner dimension of one, a single row."""


def matrices(*shapes):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, *shape, generator=generator, dtype=torch.float64) for shape in shapes]


@pytest.mark.parametrize(("n", "m", "p"), SHAPES)
def test_products_equal_einsum(n, m, p):
    left, right = matrices((n, m), (m, p))
    expected = -0.5 * torch.einsum("snm,smp->snp", left, right)
    torch.testing.assert_close(multiply(left, right, -0.5), expected)
    torch.testing.assert_close(
        multiply(left, right.mT.contiguous().mT, -0.5), expected, msg="a transposed factor"
    )
    out = torch.full_like(expected, torch.nan)
    assert multiply(left, right, -0.5, out) is out
    torch.testing.assert_close(out, expected)


@pytest.mark.parametrize(("n", "m", "p"), SHAPES)
def test_products_are_added_in_place(n, m, p):
    left, right, target = matrices((n, m), (n, p), (m, p))
    expected = target + 3 * torch.einsum("snm,snp->smp", left, right)
    add_product_(target, left, right, 3)
    torch.testing.assert_close(target, expected)


def test_one_factor_for_all():
    (left, right), (target,) = matrices((6, 2), (6, 30)), matrices((2, 30))
    shared = left[:1].expand(3, 6, 2)
    expected = target + torch.einsum("nm,snp->smp", left[0], right)
    add_product_(target, shared, right, 1)
    torch.testing.assert_close(target, expected)
    torch.testing.assert_close(multiply(shared, target, 2), 2 * left[0] @ target)
