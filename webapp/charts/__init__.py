"""Arrays to Plotly figures. The page gives them their templates, see template.py."""

import plotly.io

# Else every figure begins as a copy of one of Plotly's own, which takes longer than to make most of ours.
plotly.io.templates.default = None
