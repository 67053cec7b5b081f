"""Frames in, frames and figures out: nothing here reads a file or knows of a model."""
