"""What runs in survgui's worker processes: the window's doors to the engine and to the files of a case. No Qt."""
