"""From the summary of a study to one self-contained page."""
