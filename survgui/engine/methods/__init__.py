"""The methods that `evaluate` compares, all behind one contract (`contract.py`), by name in `registry.py`."""
