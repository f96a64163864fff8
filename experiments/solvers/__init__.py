"""The parts of ``deep.py``, which asks which solver trains deep autoencoders first.

- ``tasks.py``: the data sets, the published networks, and where training starts
- ``methods.py``: the solvers, their grids, and what the papers report
- ``track.py``: the error over seconds, epochs and steps
- ``runs.py``: one training by one method; ``torch_adam.py``: the same in PyTorch
- ``costs.py``: the time and the memory of K-FAC next to Adam's
- ``verdicts.py``: what stored runs say; ``solver_figures.py``: how they look
"""
