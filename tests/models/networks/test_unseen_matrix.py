"""Matrices known by their products: consistent with any matrix, and normal in law."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from widthwise.models import MLP, WideMLP, activation_movement, erf, relu, sphere, train
from widthwise.models.networks import memory
from widthwise.models.networks.randomness import generators
from widthwise.models.networks.unseen_matrix import UnseenMatrix

QUESTIONS = st.lists(
    st.tuples(st.booleans(), st.integers(1, 7), st.integers(0, 99)), min_size=1, max_size=8
)


def matrix(seed=0, rows=40, columns=30, dtype=torch.float64):
    (generator,) = generators((seed,), 0, "cpu")
    return UnseenMatrix(rows, columns, dtype, generator)


def ask(unseen, from_left, questions):
    if from_left:
        return unseen.from_left(questions) @ unseen.left.answered
    return unseen.from_right(questions) @ unseen.right.answered


def normal(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def faults(unseen):
    """Distance of the directions from orthonormal ones, and of QWRᵀ as seen from either side."""
    sides = (unseen.left.basis.double(), unseen.right.basis.double())
    apart = [(q @ q.mT - torch.eye(len(q), dtype=q.dtype)).norm() for q in sides]
    from_left = unseen.left.answered.double() @ sides[1].mT
    from_right = sides[0] @ unseen.right.answered.double().mT
    return max(apart), (from_left - from_right).norm()


@settings(max_examples=50, deadline=None)
@given(QUESTIONS)
def test_all_answers_are_those_of_one_matrix(questions):
    """Whatever is asked in whatever order, a question twice among it, up to the last direction."""
    unseen, asked = matrix(), []
    for from_left, count, seed in questions:
        question = normal(seed, count, 40 if from_left else 30)
        asked.append((from_left, question, ask(unseen, from_left, question)))
    whole = unseen.complete()
    for from_left, question, answer in asked:
        torch.testing.assert_close(question @ (whole if from_left else whole.mT), answer)
    orthogonality, two_sides = faults(unseen)
    assert orthogonality < 1e-12
    assert two_sides < 1e-11


def test_questions_that_nearly_coincide_are_told_apart():
    unseen = matrix(rows=200, columns=200)
    first, *others = normal(1, 4, 1, 200)
    scales = (1e-4, 1e-8, 1e-11)
    question = torch.cat([first, *(first + s * u for s, u in zip(scales, others, strict=True))])
    answer = ask(unseen, True, question)
    for row, scale, other in zip(answer[1:], scales, others, strict=True):
        difference = (row - answer[0]) / scale
        exact = ask(unseen, True, other)[0]
        assert float((difference - exact).norm() / exact.norm()) < 1e-2


def test_what_is_within_rounding_of_the_known_is_not_asked():
    unseen = matrix(rows=200, columns=200)
    question = normal(1, 3, 200)
    ask(unseen, True, question)
    ask(unseen, True, question * (1 + 1e-15 * normal(2, 3, 200)))
    assert unseen.ranks == (3, 0)


def test_entries_are_independent_and_normal_however_the_questions_came_about():
    """400 matrices whose questions follow from the answers: error rate 10⁻³ per statistic."""
    wholes = []
    for seed in range(400):
        unseen = matrix(seed, 6, 5)
        row = ask(unseen, True, torch.ones(1, 6, dtype=torch.float64))
        column = ask(unseen, False, torch.relu(row) + 0.1)
        ask(unseen, True, torch.cat((column.square(), torch.tanh(column))))
        wholes.append(unseen.complete())
    entries = torch.stack(wholes)
    assert stats.kstest(entries.flatten(), "norm").pvalue > 1e-3
    flat = entries.flatten(1)
    assert stats.chi2(400 * 30).ppf([5e-4, 1 - 5e-4])[0] < float(flat.square().sum())
    assert stats.chi2(400 * 30).ppf([5e-4, 1 - 5e-4])[1] > float(flat.square().sum())
    correlations = torch.corrcoef(flat.mT)[*torch.triu_indices(30, 30, 1)] * 400**0.5
    assert float(correlations.abs().max()) < stats.norm.isf(5e-4 / len(correlations))
    assert float(correlations.square().sum()) < stats.chi2(len(correlations)).isf(1e-3)


@pytest.mark.parametrize(("width", "activation", "depth"), [(64, relu, 3), (128, erf, 2)])
def test_trained_networks_have_the_law_of_explicit_ones(width, activation, depth):
    """Outputs, losses and movements after four steps, 250 networks of each: error rate 10⁻³ each.

    A Kolmogorov–Smirnov distance of .17, a shift by .4 standard deviations, would be seen.
    """
    data = sphere(4, 2, 5, seed=2)
    laws = []
    for kind in (MLP, WideMLP):
        before = kind.initialise(width, range(250), input_dim=5, depth=depth, activation=activation)
        run = train(before, data.x_train, data.y_train, steps=4, rate=0.1, tolerance=0)
        outputs = run.final(data.x_test)
        moved = activation_movement(before, run.final, data.x)
        laws.append((outputs[:, 0], outputs[:, 1], run.losses[:, -1], moved))
    for explicit, unseen in zip(*laws, strict=True):
        assert stats.ks_2samp(explicit, unseen).pvalue > 1e-3
        spread = float((explicit.var() / 250 + unseen.var() / 250).sqrt())
        assert abs(float(explicit.mean() - unseen.mean())) < stats.norm.isf(5e-4) * spread


def test_the_size_of_a_matrix_is_drawn_in_its_law():
    """‖W‖² of 40·30 entries, whatever is known of them: error rate 10⁻³."""
    sizes = []
    for seed in range(300):
        unseen = matrix(seed)
        ask(unseen, True, normal(5, 3, 40))
        ask(unseen, False, normal(6, 4, 30))
        sizes.append(unseen.squared_norm)
        assert unseen.squared_norm == sizes[-1]
    assert stats.kstest(sizes, stats.chi2(1200).cdf).pvalue > 1e-3


def test_directions_stay_orthogonal_at_great_width_and_in_single_precision():
    data = sphere(6, 2, 5, seed=1)
    network = WideMLP.initialise(2**14, (1,), input_dim=5)
    train(network, data.x_train, data.y_train, steps=40, tolerance=0)
    orthogonality, two_sides = faults(network.weights[1].of[0].start)
    assert float(orthogonality) < 1e-5
    assert float(two_sides) < 1e-3


def test_what_memory_cannot_keep_is_refused_with_the_steps_that_fit(monkeypatch):
    unseen = matrix(rows=1000, columns=1000)
    for seed in range(8):
        ask(unseen, True, normal(seed, 8, 1000))
    free = 30 * 2 * 1000 * 8
    monkeypatch.setattr(memory, "available_bytes", lambda device: free)
    with pytest.raises(MemoryError, match="cpu has room for 94: for about 11 steps"):
        ask(unseen, True, normal(9, 8, 1000))
    assert unseen.ranks == (64, 0)
