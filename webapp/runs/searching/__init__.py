"""The search language of the list of runs: `lr<0.01 tag:baseline state:running -tag:bad "two words"`.

`language` reads a query into words, `quantities` knows what can be asked for, `conditions` makes a database
filter of both.
"""
