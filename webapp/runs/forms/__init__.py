"""The New run form, generated from the engine's spec, and what follows from it."""
