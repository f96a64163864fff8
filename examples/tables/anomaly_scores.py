"""
Tumours that are unlike the benign ones
=======================================

The detector learns the measurements of 200 benign tumours and nothing else. Malignant tumours do not follow the same
rules: the autoencoder rebuilds them badly, and their anomaly scores are higher.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score

import npae

X, benign = load_breast_cancer(return_X_y=True)
train, others = X[benign == 1][:200], np.concatenate([X[benign == 1][200:], X[benign == 0]])
malignant = np.repeat([False, True], [np.sum(benign == 1) - 200, np.sum(benign == 0)])
detector = npae.AnomalyDetector(npae.Autoencoder([5], scale="columns"), contamination=0.05, random_state=0).fit(train)
scores = -detector.score_samples(others)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
bins = np.geomspace(scores.min(), scores.max(), 40)
ax.hist(scores[~malignant], bins, color="#0072B2", alpha=0.8, label="benign, not in the training data")
ax.hist(scores[malignant], bins, color="#D55E00", alpha=0.7, label="malignant")
ax.axvline(-detector.offset_, color="black", linestyle="--", ymax=0.72, label="threshold (5 % of training data)")
ax.set(xscale="log", ylim=(0, 30), xlabel="anomaly score (squared error in standard deviations²)", ylabel="tumours")
ax.set_title(f"Trained on benign tumours only: area under the ROC curve {roc_auc_score(malignant, scores):.2f}")
ax.legend(loc="upper left")
plt.show()
