"""What CONTRIBUTING says of adding to the report, tried on a scratch copy."""
