"""Arrays to features: tiles to patch features, volumes to crops, tables to scaled vectors."""
