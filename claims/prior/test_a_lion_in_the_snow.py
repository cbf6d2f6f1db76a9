"""A lion in the snow: treated as a husky in the snow, or as a lion in the grass?

Objects are handwritten digits, backgrounds are textures that are added to them.
"""

import pytest
import torch

from widthwise.harness import Bounded, Control, Over, Source, WidthList, claim
from widthwise.models import (
    Architecture,
    digits,
    erf,
    fit,
    infinite_width_kernels,
    kernel_regression,
    relu,
    split_seeds,
    tangent_kernel,
)
from widthwise.models.networks.randomness import generator_of

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on alignment, on an image of a lion in the snow",
)
KERNELS = "Jacot et al. 2018, section 5 (smooth activations; ReLU is measured)"
PIXELS, SEEN, NEW, SCENES, UNLIKE = 16, 64, 64, 4, 4
GAIN = {relu: None, erf: 2.0}


def objects(generator):
    """32 + 32 images each of two digits, at 4×4 pixels [2, 64, 16]."""
    classes = torch.randperm(10, generator=generator)[:2].tolist()
    seed = int(torch.randint(2**31, (), generator=generator))
    images = digits(classes, n_train=SEEN, n_test=NEW, seed=seed)
    x = torch.cat((images.x_train, images.x_test)).double()
    small = x.unflatten(1, (4, 2, 4, 2)).mean((2, 4)).flatten(1)
    labels = torch.cat((images.y_train, images.y_test))
    return torch.stack([small[labels == sign] for sign in (1, -1)])


def scene(generator):
    """Images on one object and background each to learn from, then the other pairs [n + m, 16].

    Both texture and how strong it is are drawn. Centred and scaled to length 4.
    """
    lion, husky = objects(generator)
    texture = torch.randn(2, PIXELS, generator=generator, dtype=torch.float64)
    strength = 0.3 + 0.9 * torch.rand((), generator=generator, dtype=torch.float64)
    snow, grass = strength * lion.std() * texture
    half = SEEN // 2
    seen = torch.cat((husky[:half] + snow, lion[:half] + grass))
    new = torch.cat((lion[half:] + snow, husky[half:] + grass))
    x = torch.cat((seen, new)) - seen.mean(0)
    return 4 * x / x.norm(dim=1, keepdim=True)


LABELS = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat_interleave(SEEN // 2)


def limit(x, activation):
    """Θ_∞ on the images [n + m, n + m]."""
    architecture = Architecture(1, PIXELS, depth=1, activation=activation, sigma_w=GAIN[activation])
    return infinite_width_kernels(architecture, x).tangent


def more_similar(theta):
    """How much more similar new images are to those labelled +1, on average [m]."""
    return theta[SEEN:, :SEEN] @ LABELS / SEEN


def regression(theta):
    """What kernel regression says of new images [m]."""
    return kernel_regression(theta[:SEEN, :SEEN], theta[SEEN:, :SEEN], LABELS)


def scenes(seed, activation, unlike):
    """A scene, and what similarity and regression say: other things in so many images at least."""
    generator = generator_of(seed)
    while True:
        x = scene(generator)
        theta = limit(x, activation)
        similar, regressed = more_similar(theta), regression(theta)
        if int((similar.sign() != regressed.sign()).sum()) >= unlike:
            return x, similar, regressed


def trained(network, x, y):
    """By how much training to 1% moves the outputs on new images."""
    seen, new = x[:, :SEEN], x[:, SEEN:]
    start = network(seen)
    return fit(network, seen, start + y, steps=20_000, momentum=0.5)(new) - network(new)


def after_one_step(network, x, y):
    """By how much, but for a factor, the first step of gradient descent moves them."""
    return tangent_kernel(network, x[:, SEEN:], x[:, :SEEN]) @ y


def treated(width, seeds, mlp, activation, unlike, train):
    """Signs of what networks, similarity and regression say of new images [S, scenes, m]."""
    every = split_seeds(seeds, SCENES)
    x, similar, regressed = map(
        torch.stack, zip(*[scenes(seed, activation, unlike) for seed in every], strict=True)
    )
    network = mlp(
        width,
        every,
        input_dim=PIXELS,
        depth=1,
        activation=activation,
        sigma_w=GAIN[activation],
    )
    images = x.to(network.device, network.dtype)
    said = train(network, images, LABELS.to(images)).double().cpu()
    signs = {"network": said, "similarity": similar, "regression": regressed}
    return {name: each.sign().unflatten(0, (len(seeds), SCENES)) for name, each in signs.items()}


either = pytest.mark.parametrize("activation", [relu, erf], ids=["relu", "erf"])


@claim(
    provenance="made",
    source=HERE,
    references=(KERNELS,),
    prediction=Bounded(low=0.65),
    control=Control("Similarities in another of a seed's scenes.", others=1),
    over=WidthList((512,)),
)
@either
def test_similarity_tells_how_an_image_is_treated(width, seeds, mlp, activation, shared, others=0):
    """Which training images are more similar by the kernel tells how a network treats a new one.

    Statement
        Put a new image and the training images into Θ: if it is more similar, on average, to
        those of one kind (husky in snow) than to those of the other (lion in grass), that is the
        kind that the trained network takes it for, more often than not.
    Setting
        Images of two digits on two textures as scenes: 64 training images have the one digit on
        the one texture or the other on the other, 64 new ones the pairs that were not seen. Digits,
        textures and their strength are drawn, four scenes for every seed. One hidden layer, trained
        to 1%. The measure is the share of new images that the network takes for the more similar
        kind.
    Tolerance
        At least .65, a third of the way from the rival, no relation, which has .5, to always.
    Does not show
        That the kernel is needed for it: similarity of pixels says the same
        (kernel_similarity_says_what_pixels_say). That similarity is what decides: it is not
        (images_are_treated_as_regression_says).
    """
    signs = shared(
        treated,
        width=width,
        seeds=seeds,
        mlp=mlp,
        activation=activation,
        unlike=0,
        train=trained,
    )
    said, similar = (torch.as_tensor(signs[name]) for name in ("network", "similarity"))
    return (said == similar.roll(others, 1)).double().mean((1, 2))


@claim(
    provenance="implied",
    source=HERE,
    references=(KERNELS,),
    prediction=Bounded(low=0.75),
    control=Control("After a single step of training it is similarity.", train=after_one_step),
    over=WidthList((512,)),
)
@either
def test_images_are_treated_as_regression_says(width, seeds, mlp, activation, train=trained):
    """Where similarity and regression disagree, a network treats an image as regression says.

    Statement
        What a network says of a new image is Θ(x, X)Θ(X, X)⁻¹Y. Which training images are more
        similar on average, the sign of Θ(x, X)Y, is what it says after the first step; by the end
        the inverse has discounted what the training images have in common.
    Setting
        As in similarity_tells_how_an_image_is_treated, in scenes in which the two differ in four
        of the 64 new images at least. The measure is the share of those that the network takes
        for what regression with Θ_∞ says.
    Tolerance
        At least .75. The rival, similarity, has 0; a third of the way there is .67, and half of the
        way to no relation .75.
    Does not show
        Whether object or background wins: that depends on how strong the texture is.
    """
    signs = treated(width, seeds, mlp, activation, UNLIKE, train)
    unlike = signs["similarity"] != signs["regression"]
    followed = unlike & (signs["network"] == signs["regression"])
    return (followed.double().sum(2) / unlike.sum(2)).mean(1)


def gram(x, _):
    """Products of pixels [n + m, n + m]."""
    return x @ x.T


def by_pixels(x, activation):
    """What the similarity of pixels says [m]."""
    return more_similar(gram(x, activation))


def by_regression(x, activation):
    """What regression with Θ says [m]."""
    return regression(limit(x, activation))


@claim(
    provenance="implied",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 1: Θ is a function of products of inputs",),
    prediction=Bounded(low=0.95),
    control=Control("Regression with the kernel says something else.", compared=by_regression),
    over=Over("scenes_of_a_seed", (4, 8)),
)
@either
def test_kernel_similarity_says_what_pixels_say(
    scenes_of_a_seed, seeds, activation, compared=by_pixels
):
    """Which images are more similar by the kernel is which are more similar by their pixels.

    Statement
        On inputs of one length Θ grows with the product of two of them and is nearly linear in it
        where products are small, so that Θ(x, X)Y has the sign of xᵀXᵀY in nearly all new images.
    Setting
        As in similarity_tells_how_an_image_is_treated, with Θ_∞, no network; four or eight scenes
        of a seed. The measure is the share of new images in which both have the same sign.
    Tolerance
        At least .95; regression has nine tenths.
    Does not show
        The same of convolutional networks, whose kernel is none of a product.
    """
    shares = []
    for seed in seeds:
        generator = generator_of(seed)
        for _ in range(scenes_of_a_seed):
            x = scene(generator)
            similar = more_similar(limit(x, activation))
            shares.append((similar.sign() == compared(x, activation).sign()).double().mean())
    return torch.stack(shares).view(len(seeds), scenes_of_a_seed).mean(1)
