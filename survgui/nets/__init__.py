"""Networks. Torch only: no files except weights.py, no windows."""
