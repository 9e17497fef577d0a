"""From a reading to a version: what columns are, which rows train, and the arrays a network learns from."""
