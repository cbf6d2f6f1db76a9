"""What decides whether a wide network learns features, over a grid of parametrizations."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim

from .grid import (
    FROM_ZERO,
    HALF_WAY,
    IMAGES,
    LABELS,
    MUP,
    MUP_BELOW,
    NEAR_STABILITY,
    NTK,
    READOUT_ALONE,
    SEEDS,
    SLOW,
    UNSTABLE,
    YANG_HU,
    kernel_moves,
    on,
    seen,
    slowed,
)
from .plane import drawn_plane

DEPTH = 2
FRAMEWORK = Source(
    "NTK/GP models of neural nets can't learn features",
    'the post, on "a general framework for taking the" limit of infinite width, and its caveat '
    "that the scaling differs from the one in practice",
)
NEIGHBOUR = Control("The neighbour on the grid, whose rates are N^-1/2 times as large.", by=1 / 2)


def after_a_few_steps(shared, width, seeds, mlp, data, activation, parametrization, by):
    """What moves in three steps, or in the first where the second starts from a grown residual."""
    steps = 3 if parametrization.regime(DEPTH).stable else 1
    slower = slowed(parametrization, by)
    return seen(shared, width, seeds, mlp, data, activation, slower, steps, NEAR_STABILITY / 4)


def after_ten_steps(shared, width, seeds, mlp, data, activation, parametrization, by):
    """What moves in ten steps at the rate that is as large as in the NTK limit."""
    slower = slowed(parametrization, by)
    return seen(shared, width, seeds, mlp, data, activation, slower, 10, NEAR_STABILITY)


@claim(
    provenance="background",
    source=FRAMEWORK,
    references=(YANG_HU,),
    prediction=PowerLaw(0, correction=0.15),
    control=NEIGHBOUR,
    over=Widths(64, 4096),
    seeds_of=SEEDS,
)
@on(
    ntk=(LABELS, NTK),
    mup=(LABELS, MUP),
    readout_alone=(LABELS, READOUT_ALONE),
    mup_below=(LABELS, MUP_BELOW),
    slow=(LABELS, SLOW),
    unstable=(LABELS, UNSTABLE),
    images_mup=(IMAGES, MUP),
)
def test_units_move_as_the_exponent_r_says(
    width, seeds, shared, mlp, data, activation, parametrization, by=0.0
):
    """How far units move is read off the exponents of a parametrization.

    Statement
        Multipliers, initial weights and rates that scale with the width as N^-a, N^-b and N^-c,
        layer by layer, make an exponent r: the units of the last hidden layer move by Θ(N^-r) in
        three steps. r is ½ in NTK and 0 in μP, 1 where only the readout learns, 0 in μP without
        the readout's learning, ½ in one too slow to learn, and 0 in one whose outputs explode.
    Setting
        Two hidden layers, the rate a quarter of what is stable in the NTK limit, three steps, or
        one where outputs explode. Random labels and erf, n = 4d, or images told odd from even and
        ReLU, drawn for every seed. RMS over units and training inputs.
    Measure
        Movement of units, times N^r.
    Tolerance
        ±.15, less than a third of the way to the rival ½, the neighbour on the grid, which is
        the control. At a quarter of the stable rate the second order of a step is a tenth of the
        first, and Θ's random part at N = 64 is .1 to .2 and enters by its square: D = .15.
    Does not show
        A grid as fine as ¼: half-way from NTK to μP units moved by N^-.24 with 64 seeds, in a band
        of ±.08 that other points of such a grid leave open. Depth 3. That a number of steps
        which grows with the width does the same.
    """
    run = after_a_few_steps(shared, width, seeds, mlp, data, activation, parametrization, by)
    return run["units"] * width ** parametrization.regime(DEPTH).r


@claim(
    provenance="background",
    source=FRAMEWORK,
    references=(YANG_HU,),
    prediction=PowerLaw(0, correction=0.2),
    control=NEIGHBOUR,
    over=Widths(64, 4096),
    seeds_of=SEEDS,
)
@on(
    ntk=(LABELS, NTK),
    mup=(LABELS, MUP),
    slow=(LABELS, SLOW),
)
def test_outputs_move_as_the_parametrization_says(
    width, seeds, shared, mlp, data, activation, parametrization, by=0.0
):
    """Whether a wide network learns at all is read off the exponents of its parametrization.

    Statement
        Outputs move by Θ(N^-s) in three steps, with s = min(2a + c − 1, a + b + r − 1) of the
        readout: 0 in NTK, μP and all between, and ½ where rates are too small to learn (trivial).
    Setting
        The runs of units_move_as_the_exponent_r_says, on random labels with erf.
    Measure
        Movement of outputs, times N^s.
    Tolerance
        ±.15, as in units_move_as_the_exponent_r_says; D = .2 is Θ's random part at N = 64.
    Does not show
        That what does learn ends where it should. Where rates are too large outputs explode in the
        first step, as N^.53 where N^½ is predicted, with a curvature that 64 seeds leave open; so
        do they that of a readout that learns alone, on its way at N^-.03 and N^-.05.
    """
    run = after_a_few_steps(shared, width, seeds, mlp, data, activation, parametrization, by)
    return run["outputs"] * width ** parametrization.regime(DEPTH).output


@claim(
    provenance="implied",
    source=FRAMEWORK,
    references=(YANG_HU,),
    prediction=AtMost(0, tolerance=0.08, correction=0.2),
    control=Control("In μP, where units move by O(1), it moves by O(1).", measured=MUP),
    over=Widths(64, 2048),
    seeds_of=SEEDS,
    draws=drawn_plane,
)
@on(
    ntk=(LABELS, NTK),
    images_half_way=(IMAGES, HALF_WAY),
)
def test_dynamical_dichotomy(
    width, seeds, shared, mlp, data, activation, parametrization, measured=None
):
    """A wide network that learns is a kernel or learns features: where units stand still, Θ does.

    Statement
        Where outputs move by O(1) and units by O(N^-r), r > 0, the tangent kernel moves by O(N^-r)
        of its size in ten steps: what learns is a kernel. The other horn, r = 0, is
        embeddings_move_where_units_do. There is nothing between.
    Setting
        NTK, and half-way from it to μP, where r = ¼; data as in units_move_as_the_exponent_r_says;
        ten steps at 1/λ_max of the NTK limit; the change of Θ on the training inputs, ‖Θ_T −
        Θ_0‖/‖Θ_0‖.
    Measure
        Movement of Θ relative to its size, times N^r.
    Tolerance
        An exponent of at most .08. The rival is a kernel that moves by O(1), for which it is r:
        ¼ half-way from NTK to μP, ½ in NTK. D as in tangent_kernel_is_constant.
    Does not show
        Where only the readout learns: what is left of Θ's movement is its random part, which 64
        seeds leave open (N^-.98 in a band that ends at −.9). That the bound is reached: smooth
        networks do better, N^-2r, as signs of output weights cancel the first order.
    """
    run = shared(
        kernel_moves,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        parametrization=measured or parametrization,
        steps=10,
        rate=NEAR_STABILITY,
    )
    return run["kernel"] * width ** parametrization.regime(DEPTH).r


FEATURES = on(
    from_zero=(LABELS, FROM_ZERO),
    images_mup=(IMAGES, MUP),
)


@claim(
    provenance="implied",
    source=FRAMEWORK,
    references=(YANG_HU,),
    prediction=PowerLaw(0, correction=0.2),
    control=NEIGHBOUR,
    over=Widths(64, 4096),
    seeds_of=SEEDS,
)
@FEATURES
def test_embeddings_move_where_units_do(
    width, seeds, shared, mlp, data, activation, parametrization, by=0.0
):
    """Where units move by O(1), so does the kernel that they make.

    Statement
        In parametrizations with r = 0 that learn, the kernel zzᵀ/N of the last hidden layer's
        units z, how alike the network takes two inputs to be, moves by O(1) of its size in ten
        steps: units do not merely turn about. In μP, and where its readout starts at nothing.
    Setting
        Two hidden layers, ten steps at 1/λ_max of the NTK limit; random labels with erf, images
        told odd from even with ReLU, drawn for every seed.
    Measure
        Movement of the kernel of units, relative to its size.
    Tolerance
        ±.15, less than a third of the way to the rival −½, which the neighbour on the grid, the
        control, has at least. Random parts of the kernel are 1/√N, .125 at N = 64 where it moves by
        a half, a quarter of that: D = .2.
    Does not show
        What is learned by it (embeddings_turn_towards_the_task). μP on random labels with erf is on
        its way: N^-.10 on 64…512 units and N^-.05 on 128…1024.
    """
    run = after_ten_steps(shared, width, seeds, mlp, data, activation, parametrization, by)
    return run["embedding"]


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the post, on a limit that "learns non-trivial feature embeddings"',
    ),
    references=(YANG_HU, "Cortes et al. 2012, Definition 4 (alignment)"),
    prediction=PowerLaw(0, correction=0.1, statistic="rms"),
    control=NEIGHBOUR,
    over=Widths(64, 4096),
    seeds_of=SEEDS,
)
@FEATURES
def test_embeddings_turn_towards_the_task(
    width, seeds, shared, mlp, data, activation, parametrization, by=0.0
):
    """In the feature-learning limit what a network takes to be alike turns towards its task.

    Statement
        The centred alignment of zzᵀ with the labels, the cosine between zzᵀ and yyᵀ, rises by O(1)
        in ten steps: inputs of like label become alike in the last hidden layer, at every width.
    Setting
        The runs of embeddings_move_where_units_do; the measure is the change of the alignment on
        the training points, RMS over seeds. It is .3 to .4.
    Tolerance
        As in embeddings_move_where_units_do.
    Does not show
        That the same holds of inputs that were not trained on.
    """
    run = after_ten_steps(shared, width, seeds, mlp, data, activation, parametrization, by)
    return run["alignment"]
