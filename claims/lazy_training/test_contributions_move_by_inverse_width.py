"""How much each unit has to move: what the post's footnote counts, and what units do."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim

from .runs import RUNS, everywhere, moved


def units_of_the_same_networks(width, seeds, shared, mlp, data, activation, depth):
    """The movement of the last hidden layer's units instead of their contributions."""
    return moved(shared, width, seeds, mlp, data, activation, depth)["units"][:, -1]


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the post, first footnote: "the output is the sum of N things"',
    ),
    references=("Jacot et al. 2018, Theorem 2 (twice differentiable activations, no rate)",),
    prediction=PowerLaw(-1, correction=0.2),
    control=Control(
        "The units of the very same networks move by O(N^-1/2).",
        measure=units_of_the_same_networks,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_contributions_move_by_inverse_width(width, seeds, shared, mlp, data, activation, depth):
    """Each of the N things that are summed to the output moves by O(1/N) only.

    Statement
        What is summed are contributions, N^-1/2 times a unit's output weight times the unit. Each
        moves by O(1/N): N of them, together, move the output by O(1). The units themselves move
        by more, O(N^-1/2) (activations_freeze): what they are multiplied with before they are
        summed is N^-1/2, so that with a move of O(1/N) they could not move the output by O(1).
        Read of units instead of contributions, the footnote's count would be wrong; its author
        gives N^-1/2 for units in the same discussion.
    Setting
        The runs of activations_freeze; RMS over the units of the last hidden layer and all inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as in activations_freeze.
    Does not show
        How much of it is the unit's own movement and how much that of its output weight.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)["contributions"]
