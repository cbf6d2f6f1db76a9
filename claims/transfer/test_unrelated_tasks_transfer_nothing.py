"""Two tasks that share their features and do not correlate, one after the other."""

from widthwise.harness import Control, Dominates, Limit, Source, claim
from widthwise.models import ntk

from .runs import RUNS
from .test_sign_flip_turns_help_into_harm import REFERENCES, WIDE, on_both, seen

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the comments, where by default values on different axes are expected to have a correlation "
    "of about 0, even if functions share many meaningful features",
)


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(0, tolerance=0.25),
    control=Control("With the task that was learned they correlate.", relation="same"),
    over=WIDE,
    seeds_of=RUNS,
)
@on_both
def test_unrelated_tasks_transfer_nothing(width, seeds, mlp, tasks, shared, relation="other"):
    """What a network learned of one task does not correlate with another of the same features.

    Statement
        Read as it is meant: off the span of the second task's inputs, where the start decides,
        the function f_A that was learned and a target B of the same features correlate by 0 on
        average: cos(R f_A, R B) has mean 0, so that nothing helpful is transferred.
    Setting
        As in sign_flip_turns_help_into_harm; A is u·v and B is (u² − v²)/2 in the same hidden
        plane, or A is two of four digits and B two others, one of them the same.
    Tolerance
        ±.25, less than a third of the way to the rival, the task itself on new inputs, with .9.
        Tasks are drawn so that B and −B are as likely: the mean is 0 by symmetry, if what was
        learned is A and the kernel that of the start.
    Does not show
        That pretraining makes no difference: it does harm (unrelated_tasks_are_harmed). Nor that
        single pairs do not correlate, on 24 inputs: one pair differs from another by .2.
    """
    return seen(width, seeds, mlp, tasks, shared, ntk)[f"{relation} correlation"]


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=Dominates(1.1),
    control=Control(
        "With a new readout nothing of the first task is left to do harm.", readout="new readout"
    ),
    over=WIDE,
    seeds_of=RUNS,
)
@on_both
def test_unrelated_tasks_are_harmed(width, seeds, mlp, tasks, shared, readout="old"):
    """In the kernel regime pretraining on an uncorrelated task of the same features does harm.

    Statement
        With correlation 0 the mean gain is not 0 but −‖R f_A‖², strictly negative: what was learned
        first stays where the second task's inputs do not reach, as noise. The error on the second
        task exceeds that of a network that starts afresh by a tenth and more, seed by seed.
    Setting
        As in unrelated_tasks_transfer_nothing. A pair of errors per seed: pretrained, afresh.
    Tolerance
        A ratio above 1.1: the rival, no gain and no loss, has 1.
    Does not show
        That pretraining harms where features are learned: with a new readout it helps
        (learned_features_do_not_mind_the_sign).
    """
    found = seen(width, seeds, mlp, tasks, shared, ntk)
    return found["other" if readout == "old" else f"other, {readout}"].flip(1)
