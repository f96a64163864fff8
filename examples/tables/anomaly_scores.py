"""
Tumours that are unlike the benign ones
=======================================

The detector learns the measurements of 200 benign tumours and nothing else. Malignant
tumours do not follow the same rules: the autoencoder rebuilds them badly, and their
anomaly scores are higher.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score

import npae

X, benign = load_breast_cancer(return_X_y=True)
normal, malignant = X[benign == 1], X[benign == 0]
ae = npae.Autoencoder([5], scale="columns")
detector = npae.AnomalyDetector(ae, contamination=0.05, random_state=0).fit(normal[:200])
scores = [-detector.score_samples(tumours) for tumours in (normal[200:], malignant)]
truth = np.repeat([0, 1], [len(part) for part in scores])
area = roc_auc_score(truth, np.concatenate(scores))

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
bins = np.geomspace(min(map(min, scores)), max(map(max, scores)), 40)
ax.hist(scores[0], bins, color="#0072B2", alpha=0.8, label="benign, not learned from")
ax.hist(scores[1], bins, color="#D55E00", alpha=0.7, label="malignant")
limit = detector.threshold_
ax.axvline(limit, color="black", ls="--", label="threshold (5 % of training data)")
ax.set(xscale="log", ylabel="tumours", ylim=(0, 30))
ax.set_xlabel("anomaly score (squared error in standard deviations²)")
ax.set_title(f"Trained on benign tumours only: area under the ROC curve {area:.2f}")
ax.legend(loc="upper right")
plt.show()
