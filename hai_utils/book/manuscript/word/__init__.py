"""The manuscript as DOCX with the fields of a word processor, and the way back from an edited one."""
