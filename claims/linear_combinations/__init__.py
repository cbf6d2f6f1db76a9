"""The dispute about directions.

If no unit moves, perhaps combinations of units do: interpretability finds
features in directions, not in single units. The claims here measure which
combinations stay put, which move, and what finds them.
"""
