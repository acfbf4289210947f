"""Statistics of the results contract: arrays in, estimates out; nothing here knows a table or a patient."""
