"""The MRI tab: three linked planes of a volume that a worker has read."""
