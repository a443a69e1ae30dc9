"""Drawing with Qt, off screen or on: design tokens and every figure."""
