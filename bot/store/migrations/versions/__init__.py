"""The steps; a new one is a new file."""
