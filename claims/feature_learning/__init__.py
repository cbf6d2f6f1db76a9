"""What moves where features are learned, and what decides whether they are.

That units stand still is a fact about one way to scale a network up. Scaled another way, it learns
at every width what it learns at any: units, and the kernel between inputs that they make, move by
O(1). How initial weights, multipliers and rates scale decides it, and nothing lies between: a wide
network that learns at all is a kernel or learns features.

The discussion guesses at other causes. That a universal kernel has no need to move: it moves
nevertheless, and is universal all the way. That data which grow with the network counteract its
laziness: they do where labels have to be memorised, and not where the kernel finds them easy.
That widths far below the number of pixels are nowhere near the limit: the input's dimension does
not enter.

Looked into, as somebody asks there: tools of interpretability say the same of a lazy network as
before it was trained, and find in the other what the labels depend on. Units that detect it are
rare at random and common where features are learned, and features are what networks have over
regression with the kernel they start with.
"""
