"""impuTMAE's training: masked pre-training, fine-tuning, and what its decoder reconstructs."""
