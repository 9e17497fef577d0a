"""Telling people that a run has ended: on every page, in the browser, by e-mail, by a webhook."""
