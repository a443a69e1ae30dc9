"""The desktop window. It reads no file of a case and computes no estimate: worker processes do."""
