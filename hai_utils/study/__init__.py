"""What only the author of a study knows: the study file, its sections, and what journals ask of them."""
