"""What readers see: tables, figures, sentences and cards, made from results alone."""
