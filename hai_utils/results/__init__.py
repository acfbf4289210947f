"""The results table: records, keys, number formats, and what is known of the study."""
