"""The terminal: the command `xiaoer`."""
