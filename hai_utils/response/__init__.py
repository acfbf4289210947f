"""Lesions and scans to response."""
