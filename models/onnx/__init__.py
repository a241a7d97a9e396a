"""Networks as ONNX files: written and checked, run without torch."""
