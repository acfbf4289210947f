"""What is known once: frozen, typed records that compute nothing."""
