"""Steps 2 to 8 of the flow, one module each, in the order of `definitions.py`."""
