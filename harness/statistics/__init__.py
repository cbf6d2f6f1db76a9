"""The arithmetic of verdicts: intervals, contrasts, gates and plans, from samples alone.

Nothing here knows where samples come from. It imports the types of `terms`,
and the predictions are written on it.
"""
