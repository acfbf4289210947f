"""From a center's export to a cohort file: spreadsheets, REDCap, scans of lesions, and what must not leave the center."""
