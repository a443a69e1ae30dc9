"""A package, for modules of the same name are tested elsewhere too."""
