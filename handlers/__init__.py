"""The edge: one package a channel, each translating to and from the core."""
