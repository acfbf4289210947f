"""A cohort: its dictionary, its rules, its reading, and who is compared with whom."""
