"""The model that an argument names, and what to say where the arguments were swapped."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from ..estimators import AnomalyDetector, Autoencoder, load
from ..settings.archive import FileError

ORDER = "Is the order MODEL DATA?"


def model_in(path: str, data: str | None = None) -> Any:
    """Return the model in a file; the error for what is no model asks whether MODEL and DATA were swapped."""
    try:
        return load(path)
    except (FileError, OSError) as error:
        if data is not None and not is_model(path) and is_model(data):
            got = f"{path}, and the model {data} as DATA"
        elif data is not None and isinstance(error, FileError) and not is_model(path):
            got = f"one that cannot be read: {error}"
            if "got rows of text" in str(error):
                got = f"{path}, a table"
        else:
            raise
        rule = "MODEL, the first argument, must be a file that npae saved"
        raise FileError(f"{rule}, got {got.removesuffix('.')}. {ORDER}") from error


def judge_in(path: str, data: str | None = None) -> Autoencoder | AnomalyDetector:
    """Return the autoencoder or detector in a file; ValueError for another model."""
    found = model_in(path, data)
    if not isinstance(found, (Autoencoder, AnomalyDetector)):
        raise ValueError(f"{path} must hold an autoencoder or a detector, got a {type(found).__name__}.")
    return found


def autoencoder_in(path: str, data: str | None = None) -> Autoencoder:
    """Return the autoencoder in a file, also that of a detector; ValueError for another model."""
    found = judge_in(path, data)
    return found.autoencoder_ if isinstance(found, AnomalyDetector) else found


def is_model(path: str) -> bool:
    """Return whether a file was saved by npae."""
    try:
        if not Path(path).is_file() or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return "document.json" in archive.namelist()
    except Exception:  # whatever a damaged archive makes its reader raise
        return False
