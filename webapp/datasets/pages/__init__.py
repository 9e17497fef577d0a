"""The pages of datasets: the list, and the parts of one with the forms that change it."""
