"""The form of a sweep: that of a run, in which values may be ranges, and how these are searched."""
