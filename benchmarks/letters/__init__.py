"""The letter network 35-29-23-2-23-29-35: gradients, evaluations, Adam, BFGS, and the time to zero wrong pixels."""
