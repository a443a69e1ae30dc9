"""Statistics of survival: curves, metrics, reference models. No tensors, no windows."""
