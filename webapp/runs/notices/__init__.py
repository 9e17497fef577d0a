"""Telling people that something has ended: on every page, in the browser, by e-mail, by a webhook."""
