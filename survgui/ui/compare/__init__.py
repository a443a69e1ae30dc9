"""A measured modality hidden, imputed, and laid beside the real one."""
