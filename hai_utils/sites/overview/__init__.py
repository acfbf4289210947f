"""The overview of several centers: what stands on its page, from results alone."""
