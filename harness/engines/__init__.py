"""Who measures: this process, processes beside it, a Ray or Dask cluster.

Hands out batches and takes answers. Imports `measuring` and `terms`, and
nothing of pytest; the plugin imports it.
"""
