"""The files that a journal wants: the manuscript as DOCX and PDF, each exhibit by itself, figures for print."""
