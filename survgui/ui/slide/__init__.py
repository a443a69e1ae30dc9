"""The slide viewer: a deep zoom into a whole-slide image with the attention laid over it."""
