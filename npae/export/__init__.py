"""Trained models for other programs: ONNX files, which ONNX Runtime and others carry out without npae or Python."""

from .onnx_file import onnx
from .onnx_graph import Graph

__all__ = ["Graph", "onnx"]
