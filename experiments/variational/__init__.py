"""Variational autoencoders, of letters and of digits.

- ``vae.py``: is the code space better to walk in, and what does that cost?
- ``vae_search.py``: which search, which optimiser, which schedule of eta? (``vae_search_task.py``,
  ``vae_search_samplers.py``, ``vae_search_optimisers.py``, ``vae_search_figures.py``)
"""
