"""The parts of ``deep.py``, which asks which solver trains deep autoencoders first, and of ``where_each_wins.py``.

Of ``deep.py``, and partly of the other:

- ``tasks.py``: the data sets, the published networks, and where training starts
- ``methods.py``: the solvers, their grids, and what the papers report
- ``track.py``: the error over seconds, epochs and steps
- ``runs.py``: one training by one method; ``torch_adam.py``: the same in PyTorch
- ``costs.py``: the time and the memory of K-FAC next to Adam's
- ``journal.py``: carrying out runs that are not stored yet, and reading those that are
- ``verdicts.py``: what stored runs say; ``solver_figures.py``: how they look

Of ``where_each_wins.py``, which asks the same of 10^2 to 10^7 weights:

- ``sized_tasks.py``: the data sets and networks
- ``contenders.py``: the methods and their grids
- ``races.py``: one training by one method
- ``winners.py``: the target of a task, and who is there first; ``winners_figure.py``: the map of winners
"""
