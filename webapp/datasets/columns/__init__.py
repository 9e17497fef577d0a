"""What the columns of a table hold: their values as numbers, times and levels, their kinds, their profiles."""
