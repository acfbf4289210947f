"""One book a center, on all cores or on a cluster: files in, builders, books out."""
