"""What the columns of a table hold: values as numbers, dates and levels, their kinds and profiles."""
