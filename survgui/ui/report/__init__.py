"""The report dialog: what is printed, a live preview, and saving."""
