import pytest
import torch

from widthwise.models import modular_addition


def numbers(x, modulus):
    """The pairs that inputs stand for [n, 2]."""
    return x.unflatten(1, (2, modulus)).argmax(2)


@pytest.mark.parametrize("modulus", [2, 7])
def test_answers_are_sums_and_every_cell_is_there_once(modulus):
    data = modular_addition(modulus, 3, seed=4)
    pairs, y = numbers(data.x, modulus), torch.cat((data.y_train, data.y_test))
    assert sorted(map(tuple, pairs.tolist())) == [
        (a, b) for a in range(modulus) for b in range(modulus)
    ]
    assert torch.equal(y.argmax(1), pairs.sum(1) % modulus)
    assert len(data.x_train) == 3


def test_sizes_are_those_that_networks_are_scaled_for():
    data = modular_addition(7, 20)
    torch.testing.assert_close(data.x.norm(dim=1), torch.full((49,), 14**0.5))
    assert float(data.y_train.mean(1).abs().max()) < 1e-6
    torch.testing.assert_close(data.y_train.square().mean(1), torch.full((20,), 6 / 7))


def test_random_labels_are_the_same_labels_on_the_same_cells():
    sums, labels = (modular_addition(11, 70, random_labels=any_, seed=3) for any_ in (False, True))
    assert torch.equal(sums.x, labels.x)
    counts = [
        torch.cat((data.y_train, data.y_test)).argmax(1).bincount() for data in (sums, labels)
    ]
    assert torch.equal(*counts)
    agreement = (sums.y_train.argmax(1) == labels.y_train.argmax(1)).float().mean()
    assert agreement < 0.4


def test_cells_are_drawn_by_the_seed():
    assert torch.equal(modular_addition(5, 9, seed=2).x, modular_addition(5, 9, seed=2).x)
    assert not torch.equal(modular_addition(5, 9, seed=2).x, modular_addition(5, 9, seed=3).x)


@pytest.mark.parametrize(
    ("modulus", "n_train", "said"),
    [(1, 1, "modulus"), (5, 25, "below the 25"), (5, 0, "n_train must be at least 1")],
)
def test_tables_that_are_none(modulus, n_train, said):
    with pytest.raises(ValueError, match=said):
        modular_addition(modulus, n_train)
