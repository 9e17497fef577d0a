"""Claims about speed and memory, each measured beside its peer in one run: `python -m benchmarks.live`.

Every benchmark prints a table, then one JSON object as its last line, and takes `--quick`.
"""
