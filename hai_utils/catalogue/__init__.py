"""What is known once: statistics, methods, endpoints, populations, number styles and words, without any computing.

Each fact is one field of one frozen record. Parameters, analyses, tables, sentences, cards, the comparison of runs and
the disclosure gate read it here; none keeps a list of its own.
"""
