"""The limits themselves.

All that is said about networks of infinite width stands on a few limits: the tangent kernel stops
depending on the random weights, both kernels follow closed recursions, units become independent
draws from one law, and maximal updates have a limit of their own. The claims here hold the limits
against finite networks, say how fast they are reached and what they cost in depth, and measure
where the statements that were made about them need a correction.
"""
