"""Running notebooks: parameters in, executed notebooks and one results table out."""
