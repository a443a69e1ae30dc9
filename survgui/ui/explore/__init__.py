"""Reading values off a curve: zoom, pan, and a crosshair with a readout."""
