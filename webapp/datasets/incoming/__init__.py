"""However data come in: uploaded in pieces, pasted, drawn, generated; within quotas, stored once."""
