"""What is known once: frozen records of statistics, methods and endpoints, without any computing."""
