"""The dispute about directions.

If no unit moves, perhaps combinations of units do: interpretability finds
features in directions, not in single units. Combinations chosen without regard to
the output stay put, however many units they add up, and the combination along the
output's own gradient moves.

Both sides guessed further. That such gradients span all that moves holds in the
first layer only; that principal components find what changed holds where features
are learned, and in the kernel regime not at all.
"""
