"""All that runs on a host: Python >= 3.6, standard library only, nothing else of the package."""
