"""Series: samples whose numbers have an order.

- ``timeseries.py``: do dense, convolutional and LSTM autoencoders compress real series and find an anomaly?
  (``timeseries_networks.py``, ``timeseries_figures.py``)
- ``circles.py``: does a network that has seen circles, as sequences of points, draw new ones?
"""
