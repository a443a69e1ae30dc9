"""The Models workspace: which bundles there are, what they take, how good they are beside Cox, and their cards."""
