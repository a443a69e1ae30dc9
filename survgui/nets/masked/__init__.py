"""impuTMAE: masked autoencoder over the patches of every modality, and the survival network on top of it."""
