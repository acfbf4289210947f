"""The pages of a study at changed choices."""
